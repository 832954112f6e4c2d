using Xunit.Sdk;
using Xunit.v3;

// Whole systems side by side would share the queues and tables of servers that the environment names, and the cores of a small machine.
[assembly: Parallelization(Mode = ParallelMode.None)]
