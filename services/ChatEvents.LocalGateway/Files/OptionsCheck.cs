using System.Globalization;
using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Authorization;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Routing;

namespace ChatEvents.LocalGateway.Files;

/// <summary>An invalid setting: its path in <c>gateway.json</c>, and one sentence about it.</summary>
internal sealed record OptionsFault(IReadOnlyList<string> Path, string Sentence);

/// <summary>The rules for options, in the order of the file.</summary>
internal static partial class OptionsCheck
{
    public static OptionsFault? FindFault(GatewayOptions options) =>
        Faults(options).Concat(Faults(options.Limits)).Concat(Faults(options.Throttle)).Concat(Faults(options.Faults)).FirstOrDefault();

    public static OptionsFault? FindFault(FaultOptions options) => Faults(options).FirstOrDefault();

    private static IEnumerable<OptionsFault> Faults(GatewayOptions options)
    {
        if (options.Port is < 0 or > 65535)
            yield return Range("from 0 to 65535", options.Port, "port");
        if (options.Http2Port is < 0 or > 65535)
            yield return Range("from 0 to 65535", options.Http2Port.Value, "http2Port");
        if (options.Http2Port is > 0 && options.Http2Port == options.Port)
            yield return new(["http2Port"], $"http2Port must be another port than port, but both are {options.Port}.");
        if (!ListenAddress.IsValid(options.Address))
            yield return new(["address"], $"address must be localhost or an IP address, but is '{options.Address}'.");
        if (!ApiIdPattern().IsMatch(options.ApiId))
            yield return new(["apiId"], $"apiId must be ten lower-case letters and digits, but is '{options.ApiId}'.");
        if (!StagePattern().IsMatch(options.Stage))
            yield return new(["stage"], $"stage must be 1 to 128 letters, digits, hyphens and underscores, but is '{options.Stage}'.");
        if (FaultOf(options.RouteSelectionExpression) is { } sentence)
            yield return new(["routeSelectionExpression"], sentence);

        foreach (var (key, route) in options.Routes)
        {
            if (key.StartsWith('$') && key is not ("$connect" or "$disconnect" or "$default"))
                yield return new(
                    ["routes", key],
                    $"The route key '{key}' must not begin with a dollar sign; reserved keys are $connect, $disconnect and $default.");
            if (!FunctionPattern().IsMatch(route.Function))
                yield return NoFunction(["routes", key, "function"], $"The route '{key}'", route.Function);
            if (route.RouteResponse && key is "$connect" or "$disconnect")
                yield return new(["routes", key, "routeResponse"], $"The route '{key}' cannot have a route response.");
        }

        foreach (var (name, function) in options.Functions)
        {
            if (!options.Routes.Values.Any(route => route.Function == name) && options.Authorizer?.Function != name)
                yield return new(["functions", name], $"The function '{name}' is used by no route and no authorizer.");
            if (function.Timeout < TimeSpan.FromSeconds(1) || function.Timeout > TimeSpan.FromMinutes(15))
                yield return Range("from 00:00:01 to 00:15:00", function.Timeout, "functions", name, "timeout");
            if (function.InvokeEndpoint is { } endpoint && (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")))
                yield return new(
                    ["functions", name, "invokeEndpoint"],
                    $"functions.{name}.invokeEndpoint must be an http or https address, but is '{endpoint}'.");
        }

        if (options.Authorizer is { } authorizer)
        {
            if (!FunctionPattern().IsMatch(authorizer.Function))
                yield return NoFunction(["authorizer", "function"], "The authorizer", authorizer.Function);
            foreach (var source in authorizer.IdentitySources.Where(source => IdentitySource.Parse(source) is null))
                yield return new(
                    ["authorizer", "identitySources"],
                    $"The identity source '{source}' must be route.request.header.NAME or route.request.querystring.NAME.");
        }
    }

    private static IEnumerable<OptionsFault> Faults(LimitOptions limits)
    {
        if (limits.FrameBytes is < 125 or > 1 << 20)
            yield return Range("from 125 to 1048576", limits.FrameBytes, "limits", "frameBytes");
        if (limits.MessageBytes is < 125 or > 16 << 20)
            yield return Range("from 125 to 16777216", limits.MessageBytes, "limits", "messageBytes");
        if (limits.IdleTimeout <= TimeSpan.Zero)
            yield return Range("above zero", limits.IdleTimeout, "limits", "idleTimeout");
        if (limits.ConnectionDuration <= TimeSpan.Zero)
            yield return Range("above zero", limits.ConnectionDuration, "limits", "connectionDuration");
        if (limits.TimeScale is not (> 0 and <= 100_000))
            yield return Range("above 0 and at most 100000", limits.TimeScale, "limits", "timeScale");
        if (limits.IntegrationTimeout < TimeSpan.FromMilliseconds(50) || limits.IntegrationTimeout > TimeSpan.FromSeconds(29))
            yield return Range("from 00:00:00.050 to 00:00:29", limits.IntegrationTimeout, "limits", "integrationTimeout");
        if (limits.SendBufferBytes < limits.MessageBytes)
            yield return Range("at least limits.messageBytes", limits.SendBufferBytes, "limits", "sendBufferBytes");
        if (limits.MessagesInFlightPerConnection is < 1 or > 10_000)
            yield return Range("from 1 to 10000", limits.MessagesInFlightPerConnection, "limits", "messagesInFlightPerConnection");
        if (limits.HandshakeTimeout <= TimeSpan.Zero)
            yield return Range("above zero", limits.HandshakeTimeout, "limits", "handshakeTimeout");
        if (limits.CloseTimeout <= TimeSpan.Zero)
            yield return Range("above zero", limits.CloseTimeout, "limits", "closeTimeout");
        if (limits.DeflateThresholdBytes < 0)
            yield return Range("0 or more", limits.DeflateThresholdBytes, "limits", "deflateThresholdBytes");
    }

    private static IEnumerable<OptionsFault> Faults(ThrottleOptions throttle)
    {
        if (throttle.RequestsPerSecond is not >= 0)
            yield return Range("0 or more", throttle.RequestsPerSecond, "throttle", "requestsPerSecond");
        if (throttle.Burst is not >= 1)
            yield return Range("1 or more", throttle.Burst, "throttle", "burst");
        if (throttle.ConnectsPerSecond is not >= 0)
            yield return Range("0 or more", throttle.ConnectsPerSecond, "throttle", "connectsPerSecond");
    }

    private static IEnumerable<OptionsFault> Faults(FaultOptions faults)
    {
        (string, double)[] rates =
            [("errorRate", faults.ErrorRate), ("hangRate", faults.HangRate), ("dropDisconnectRate", faults.DropDisconnectRate)];
        foreach (var (name, rate) in rates)
        {
            if (rate is not (>= 0 and <= 1))
                yield return Range("from 0 to 1", rate, "faults", name);
        }

        (string, TimeSpan)[] latencies =
            [("latency", faults.Latency), ("invocationLatency", faults.InvocationLatency), ("answerLatency", faults.AnswerLatency)];
        foreach (var (name, latency) in latencies)
        {
            if (latency < TimeSpan.Zero || latency > TimeSpan.FromHours(1))
                yield return Range("from zero to 01:00:00", latency, "faults", name);
        }

        if (faults.ErrorStatus is < 400 or > 599)
            yield return Range("from 400 to 599", faults.ErrorStatus, "faults", "errorStatus");
    }

    private static string? FaultOf(string routeSelectionExpression)
    {
        try
        {
            _ = new RouteSelector(routeSelectionExpression);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static OptionsFault NoFunction(IReadOnlyList<string> path, string who, string function) =>
        new(path, $"{who} must name a function of 1 to 64 letters, digits, hyphens and underscores, but names '{function}'.");

    private static OptionsFault Range(string allowed, IFormattable value, params string[] path) =>
        new(path, $"{string.Join('.', path)} must be {allowed}, but is {value.ToString(null, CultureInfo.InvariantCulture)}.");

    [GeneratedRegex("^[a-z0-9]{10}$")]
    private static partial Regex ApiIdPattern();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,128}$")]
    private static partial Regex StagePattern();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex FunctionPattern();
}
