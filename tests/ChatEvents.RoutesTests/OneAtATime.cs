// The runtime writes the trace of an invocation into a variable of the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
