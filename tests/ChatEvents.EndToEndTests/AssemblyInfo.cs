// Whole systems side by side would share the queues and tables of servers that the environment names, and the cores of a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
