using Xunit.Sdk;
using Xunit.v3;

// The runtime writes the trace of an invocation into a variable of the whole process.
[assembly: Parallelization(Mode = ParallelMode.None)]
