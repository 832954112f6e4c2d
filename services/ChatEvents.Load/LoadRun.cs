using System.Globalization;
using ChatEvents.Contracts;
using ChatEvents.Load.Clients;
using ChatEvents.Load.Costs;
using ChatEvents.Load.Figures;
using ChatEvents.Load.Output;

namespace ChatEvents.Load;

/// <summary>A run: connect, talk, wait for the last words, tell.</summary>
internal sealed class LoadRun
{
    private const decimal AsksAboveUsd = 1;
    private const int ReasonsToTell = 3;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2), Look = TimeSpan.FromMilliseconds(100);

    private readonly LoadSettings _settings;
    private readonly LoadEnvironment _environment;
    private readonly TimeProvider _time;
    private readonly ProgressBar _progress;
    private readonly Crowd _crowd;

    private LoadRun(LoadSettings settings, LoadEnvironment environment, Crowd crowd)
    {
        (_settings, _environment, _time, _crowd) = (settings, environment, environment.Time, crowd);
        _progress = new ProgressBar(environment);
    }

    /// <returns>The exit code.</returns>
    /// <exception cref="LoadException">The run did not take place.</exception>
    public static async Task<int> RunAsync(LoadSettings settings, LoadEnvironment environment, CancellationToken cancellation)
    {
        if (settings.IsCharged) await TellCostsAsync(settings, environment, cancellation);
        RequireFolder(settings.Svg);
        using var crowd = new Crowd(settings, environment);
        try
        {
            return await new LoadRun(settings, environment, crowd).RunAsync(cancellation);
        }
        finally
        {
            await crowd.CloseAsync();
        }
    }

    private static async Task TellCostsAsync(LoadSettings settings, LoadEnvironment environment, CancellationToken cancellation)
    {
        var bill = CostEstimate.Of(settings);
        await environment.Error.WriteLineAsync(CostEstimate.Sentence(bill));
        if (settings.IsYes || bill.TotalUsd <= AsksAboveUsd) return;
        if (environment.Answers is null)
            throw new LoadException($"It costs more than {AsksAboveUsd} USD, which cannot be agreed to without a terminal: give --yes if that is what you want.");
        await environment.Error.WriteAsync("Spend it? [y/N] ");
        await environment.Error.FlushAsync(cancellation);
        if ((await environment.Answers.ReadLineAsync(cancellation))?.Trim().ToUpperInvariant() is not ("Y" or "YES"))
            throw new LoadException("Nothing was spent.");
    }

    private static void RequireFolder(string file)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
            throw new LoadException($"--svg {file}: there is no folder {folder}.");
    }

    private async Task<int> RunAsync(CancellationToken cancellation)
    {
        var took = await _crowd.ConnectAsync(_progress, cancellation);
        _progress.End(string.Create(CultureInfo.InvariantCulture, $"{_settings.Clients} clients are connected, after {took.TotalSeconds:0.0} s."));
        var begunAt = await TalkAsync(cancellation);
        await ListenToTheEndAsync(cancellation);

        var summary = new Summary(
            [.. _crowd.Rooms.Select(room => room.Summarize(isAnswered: _settings.Dialect == Dialect.Json, _time))],
            _settings.Clients / took.TotalSeconds,
            _crowd.Reconnects);
        SummaryTable.Print(summary, _environment.Out);
        foreach (var (reason, count) in _crowd.Refusals.Most(ReasonsToTell))
            await _environment.Out.WriteLineAsync($"Refused, {count} times: {Quote.Visible(reason)}");
        await File.WriteAllTextAsync(_settings.Svg, DelayChart.Draw(_settings, summary, begunAt, _time), cancellation);
        await _environment.Out.WriteLineAsync($"Plotted in {Path.GetFullPath(_settings.Svg)}.");
        return await JudgeAsync(summary);
    }

    /// <summary>Says messages at their time, whether or not earlier ones have been heard: a slow chat does not slow its users.</summary>
    /// <returns>When the warm-up was over.</returns>
    private async Task<long> TalkAsync(CancellationToken cancellation)
    {
        var begunAt = _time.GetTimestamp();
        var warmedUpAt = begunAt + (long)(_settings.WarmUp.TotalSeconds * _time.TimestampFrequency);
        var saying = new List<Task>();
        for (var message = 0; message < _settings.Messages;)
        {
            var due = Math.Min(_settings.Messages, 1 + (int)(_time.GetElapsedTime(begunAt).TotalSeconds * _settings.Rate));
            for (; message < due; message++) saying.Add(_crowd.SayAsync(message, isTimed: _time.GetTimestamp() >= warmedUpAt));
            _progress.Show("Talking", message, _settings.Messages, $"{message} said, heard {_crowd.Rooms.Sum(room => room.Heard)} times");
            saying.RemoveAll(said => said.IsCompletedSuccessfully);
            await Task.Delay(Tick, _time, cancellation);
        }

        await Task.WhenAll(saying);
        return warmedUpAt;
    }

    private async Task ListenToTheEndAsync(CancellationToken cancellation)
    {
        var (heard, at, hasAsked) = (-1L, _time.GetTimestamp(), false);
        while (!_crowd.Rooms.All(room => room.IsComplete) && _time.GetElapsedTime(at) < _settings.Patience)
        {
            if (_crowd.Rooms.Sum(room => room.Heard) is var now && now != heard) (heard, at, hasAsked) = (now, _time.GetTimestamp(), false);
            if (!hasAsked && _time.GetElapsedTime(at) > _settings.Patience / 2)
            {
                hasAsked = true;
                await _crowd.CatchUpAsync();
            }

            _progress.Show("Listening", _time.GetElapsedTime(at).TotalSeconds, _settings.Patience.TotalSeconds, $"heard {heard} times");
            await Task.Delay(Look, _time, cancellation);
        }

        _progress.End($"{_settings.Messages} messages were said.");
    }

    private async Task<int> JudgeAsync(Summary summary)
    {
        if (summary.Accepted == 0)
        {
            await _environment.Error.WriteLineAsync("No message was accepted.");
            return LoadCommand.Failed;
        }

        if (summary.Lost == 0) return LoadCommand.Done;
        var hint = _settings.Dialect == Dialect.Plain && summary.Reconnects > 0
            ? " Clients of the plain dialect miss what is said while they reconnect; those of --dialect v1 fetch it."
            : "";
        await _environment.Error.WriteLineAsync($"Lost: {summary.Lost} of {summary.Lost + summary.Heard} deliveries.{hint}");
        return LoadCommand.Failed;
    }
}
