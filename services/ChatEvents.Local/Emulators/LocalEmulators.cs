namespace ChatEvents.Local.Emulators;

/// <summary>
/// SQS and DynamoDB for this machine: the servers named by <c>AWS_ENDPOINT_URL_SQS</c> and <c>AWS_ENDPOINT_URL_DYNAMODB</c> (or
/// <c>AWS_ENDPOINT_URL</c> for both), else emulators that are started here.
/// </summary>
public sealed class LocalEmulators : IAsyncDisposable
{
    private const string What = "the SQS and DynamoDB emulators";

    private readonly List<EmulatorProcess> _started = [];

    private LocalEmulators()
    {
    }

    public Uri SqsUrl { get; private set; } = null!;

    public Uri DynamoDbUrl { get; private set; } = null!;

    /// <summary>Process ids of the emulators started here; empty when the environment names both servers.</summary>
    public IReadOnlyList<int> ProcessIds => [.. _started.Select(emulator => emulator.ProcessId)];

    /// <exception cref="LocalSystemException">A named endpoint is not a URL, Node is missing, or an emulator does not start.</exception>
    public static async Task<LocalEmulators> StartAsync(
        Action<string>? progress = null, TimeProvider? time = null, CancellationToken stopping = default)
    {
        time ??= TimeProvider.System;
        var sqs = Named("AWS_ENDPOINT_URL_SQS");
        var dynamoDb = Named("AWS_ENDPOINT_URL_DYNAMODB");
        var emulators = new LocalEmulators();
        if (sqs is null || dynamoDb is null)
        {
            var packages = await NodePackages.InstallAsync(
                Path.Combine("Emulators", "Node"), What, progress ?? (_ => { }), time, stopping);
            try
            {
                sqs ??= (await emulators.StartAsync(packages, "sqs.mjs", time, stopping)).Url;
                dynamoDb ??= (await emulators.StartAsync(packages, "dynamodb.mjs", time, stopping)).Url;
            }
            catch
            {
                await emulators.DisposeAsync();
                throw;
            }
        }

        emulators.SqsUrl = sqs;
        emulators.DynamoDbUrl = dynamoDb;
        return emulators;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var emulator in _started)
        {
            await emulator.DisposeAsync();
        }
    }

    private async Task<EmulatorProcess> StartAsync(
        NodePackages packages, string script, TimeProvider time, CancellationToken stopping)
    {
        var emulator = await EmulatorProcess.StartAsync(packages, script, time, stopping);
        _started.Add(emulator);
        return emulator;
    }

    private static Uri? Named(string variable)
    {
        foreach (var name in (string[])[variable, "AWS_ENDPOINT_URL"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                return Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                    ? url
                    : throw new LocalSystemException($"{name} must be an http or https URL, but is '{value}'.");
            }
        }

        return null;
    }
}
