using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.RoutesTests.Handlers;

namespace ChatEvents.RoutesTests.Golden;

/// <summary>Every answer of every action: what succeeds, and each error.</summary>
internal static class Scenarios
{
    public const string Epoch = "1795260900000-3fk2a9";

    /// <summary>When the gateway received the frame of <see cref="Events.Message"/>.</summary>
    private static readonly DateTimeOffset ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260961242);

    private static readonly RouteSettings Patient = new() { MembershipPatience = TimeSpan.FromSeconds(10) };

    public static IReadOnlyDictionary<string, IReadOnlyList<Scenario>> ByFile { get; } = new Dictionary<string, IReadOnlyList<Scenario>>
    {
        ["onMessage"] = OnMessage(),
        ["join"] = Join(),
        ["leave"] = Leave(),
        ["who"] = Who(),
        ["history"] = History(),
        ["remove"] = Remove(),
        ["default"] = Default(),
        ["moderate"] = Moderate(),
    };

    private static IReadOnlyList<Scenario> OnMessage()
    {
        return
        [
            Of("accepted", """{"action":"onMessage","id":"2","room":"blue","message":"hi","data":{"colour":"red"}}""") with { Given = InBlue },
            Of("accepted, without an id", """{"action":"onMessage","message":"hi"}"""),
            Of("to a user", """{"action":"onMessage","id":"2","to":"bob","message":"hi"}""") with { User = "ada" },
            Of("no JSON", "hi"),
            Of("an array", """["onMessage"]"""),
            Of("an id that is none", """{"action":"onMessage","id":"a b","message":"hi"}"""),
            Of("no message", """{"action":"onMessage","id":"2"}"""),
            Of("an empty message", """{"action":"onMessage","id":"2","message":""}"""),
            Of("data that is too deep", $$"""{"action":"onMessage","id":"2","message":"hi","data":{{new string('[', 61)}}{{new string(']', 61)}}}"""),
            Of("bad_room", """{"action":"onMessage","id":"2","room":"a room","message":"hi"}"""),
            Of("not_in_room", """{"action":"onMessage","id":"2","room":"blue","message":"hi"}"""),
            Of("forbidden room", """{"action":"onMessage","id":"2","room":"blue","message":"hi"}""") with { User = "ada", Context = [("post", """["red"]""")] },
            Of("forbidden user", """{"action":"onMessage","id":"2","to":"bob","message":"hi"}""") with { User = "ada", Context = [("post", """["red"]""")] },
            Of("a token that is over", """{"action":"onMessage","id":"2","message":"hi"}""") with { User = "ada", Context = [("expires", "1795260600")] },
            Of("too_large", """{"action":"onMessage","id":"2","message":"hello, all"}""") with { Settings = new() { MaxMessageBytes = 9 } },
            Of("data that is too_large", """{"action":"onMessage","id":"2","message":"hi","data":"12345678"}""") with { Settings = new() { MaxMessageBytes = 9 } },
            Of("rate_limited", """{"action":"onMessage","id":"2","message":"hi"}""") with { Settings = new() { MessagesPerSecond = 1 }, SentBefore = 20 },
            Of("unavailable", """{"action":"onMessage","id":"2","message":"hi"}""") with { Given = function => function.Sqs.Refuses = true },
            Of("a copy that is unavailable", """{"action":"onMessage","id":"2","to":"bob","message":"hi"}""") with
            {
                User = "ada",
                Given = function => function.Sqs.RefusesAfter = 1,
            },
        ];

        static Scenario Of(string name, string frame) => new(name, frame, "onMessage");
    }

    private static IReadOnlyList<Scenario> Join()
    {
        const string Frame = """{"action":"join","id":"3","room":"blue"}""";
        return
        [
            new("joined", Frame, "join") { Settings = Patient, Given = function => { Change(isIn: true)(function); Log(function, 40, 41); } },
            new("joined a room without messages", Frame, "join") { Settings = Patient, Given = Change(isIn: true) },
            new("joined, without a confirmation", Frame, "join"),
            new("joined everyone", """{"action":"join","id":"3","room":"everyone"}""", "join"),
            new("overridden by a leave", Frame, "join") { Settings = Patient, Given = Change(isIn: false) },
            new("no room", """{"action":"join","id":"3"}""", "join"),
            new("bad_room", """{"action":"join","id":"3","room":"@bob"}""", "join"),
            new("forbidden", Frame, "join") { User = "ada", Context = [("join", """["red"]""")] },
            new("too_many_rooms", Frame, "join")
            {
                Settings = Patient,
                Given = function => function.Registry.SetChange(Events.ConnectionId, "blue", isIn: false, ReceivedAt, isRefused: true),
            },
            new("rate_limited", Frame, "join") { SentBefore = 30 },
            new("unavailable", Frame, "join") { Given = function => function.Sqs.Refuses = true },
        ];
    }

    private static IReadOnlyList<Scenario> Leave()
    {
        const string Frame = """{"action":"leave","id":"3","room":"blue"}""";
        return
        [
            new("left", Frame, "leave") { Settings = Patient, Given = Change(isIn: false) },
            new("left, without a confirmation", Frame, "leave"),
            new("overridden by a join", Frame, "leave") { Settings = Patient, Given = Change(isIn: true) },
            new("everyone", """{"action":"leave","id":"3","room":"everyone"}""", "leave"),
            new("bad_room", """{"action":"leave","id":"3","room":""}""", "leave"),
            new("rate_limited", Frame, "leave") { SentBefore = 30 },
            new("unavailable", Frame, "leave") { Given = function => function.Sqs.Refuses = true },
        ];
    }

    private static IReadOnlyList<Scenario> Who()
    {
        const string Frame = """{"action":"who","id":"4","room":"blue"}""";
        return
        [
            new("members", Frame, "who")
            {
                Given = function =>
                {
                    InBlue(function);
                    function.Registry.Add("blue", "A1=", "ada", name: "Ada");
                    function.Registry.Add("blue", "A2=", "ada", name: "Ada");
                    function.Registry.Add("blue", "G1=", guest: "guest-3fk2a9");
                },
            },
            new("a next that is none", """{"action":"who","id":"4","room":"blue","next":"??"}""", "who") { Given = InBlue },
            new("bad_room", """{"action":"who","id":"4","room":"@bob"}""", "who"),
            new("not_a_member", Frame, "who"),
            new("forbidden", Frame, "who") { User = "ada", Context = [("join", """["red"]""")] },
            new("rate_limited", Frame, "who") { Given = InBlue, SentBefore = 30 },
            new("unavailable", Frame, "who") { User = "ada", Given = function => function.Registry.Refuses = true },
        ];
    }

    private static IReadOnlyList<Scenario> History()
    {
        const string Latest = """{"action":"history","id":"5","room":"blue","limit":2}""";
        const string After = $$"""{"action":"history","id":"5","room":"blue","after":40,"epoch":"{{Epoch}}"}""";
        Action<RunningFunction> three = function => { InBlue(function); Log(function, 40, 41, 42); };
        return
        [
            new("the latest", Latest, "history") { Given = three },
            new("after", After, "history") { Given = three },
            new("after the last", $$"""{"action":"history","id":"5","room":"blue","after":42,"epoch":"{{Epoch}}"}""", "history") { Given = three },
            new("after what is not kept any more", $$"""{"action":"history","id":"5","room":"blue","after":17,"epoch":"{{Epoch}}","limit":1}""", "history") { Given = three },
            new("after a number of an epoch that is not kept", """{"action":"history","id":"5","room":"blue","after":17,"epoch":"1795000000000-aaaaaa","limit":1}""", "history") { Given = three },
            new("before", $$"""{"action":"history","id":"5","room":"blue","before":42,"epoch":"{{Epoch}}","limit":1}""", "history") { Given = three },
            new("with a message that was removed", After, "history") { Given = function => { three(function); function.Registry.Removed("blue", Epoch, 41); } },
            new("of a room without messages", Latest, "history") { Given = InBlue },
            new("after and before", """{"action":"history","id":"5","room":"blue","after":1,"before":9}""", "history") { Given = InBlue },
            new("a limit that is none", """{"action":"history","id":"5","room":"blue","limit":0}""", "history") { Given = InBlue },
            new("bad_room", """{"action":"history","id":"5","room":"@bob"}""", "history"),
            new("not_a_member", Latest, "history"),
            new("forbidden", Latest, "history") { User = "ada", Context = [("join", """["red"]""")] },
            new("rate_limited", Latest, "history") { Given = InBlue, SentBefore = 30 },
            new("unavailable", Latest, "history") { User = "ada", Given = function => function.Registry.Refuses = true },
        ];
    }

    private static IReadOnlyList<Scenario> Remove()
    {
        const string Frame = """{"action":"remove","id":"7","room":"blue","seq":42}""";
        return
        [
            new("taken; the fan-out answers", Frame, "remove") { Given = InBlue },
            new("no seq", """{"action":"remove","id":"7","room":"blue"}""", "remove") { Given = InBlue },
            new("a seq that is none", """{"action":"remove","id":"7","room":"blue","seq":"42"}""", "remove") { Given = InBlue },
            new("an epoch that is none", """{"action":"remove","id":"7","room":"blue","seq":42,"epoch":"x"}""", "remove") { Given = InBlue },
            new("bad_room", """{"action":"remove","id":"7","room":"@bob","seq":42}""", "remove"),
            new("not_in_room", Frame, "remove"),
            new("rate_limited", Frame, "remove") { Given = InBlue, SentBefore = 30 },
            new("unavailable", Frame, "remove") { Given = function => { InBlue(function); function.Sqs.Refuses = true; } },
        ];
    }

    private static IReadOnlyList<Scenario> Default() =>
    [
        new("hello of a guest", """{"action":"hello","id":"1"}""", "default")
        {
            Given = function => function.Registry.SetChange(Events.ConnectionId, "blue", isIn: true, ReceivedAt),
        },
        new("hello of a user", """{"action":"hello","id":"1"}""", "default")
        {
            User = "ada",
            Context = [("name", "Ada"), ("expires", "1795264200")],
        },
        new("hello, unavailable", """{"action":"hello","id":"1"}""", "default") { User = "ada", Given = function => function.Registry.Refuses = true },
        new("hello, rate_limited", """{"action":"hello","id":"1"}""", "default") { SentBefore = 30 },
        new("ping", """{"action":"ping","id":"6"}""", "default"),
        new("unknown_action", """{"action":"shout","id":"2"}""", "default"),
        new("no action", """{"id":"2"}""", "default"),
        new("no frame", "5", "default"),
    ];

    private static IReadOnlyList<Scenario> Moderate() =>
    [
        new("taken; the registry answers", """{"action":"ban","id":"8","user":"mallory","minutes":60}""", "moderate") { User = "ada", Context = [("role", "moderator")] },
        new("forbidden", """{"action":"ban","id":"8","user":"mallory","minutes":60}""", "moderate") { User = "ada" },
        new("oneself", """{"action":"disconnect","id":"8","user":"ada"}""", "moderate") { User = "ada", Context = [("role", "moderator")] },
        new("nobody", """{"action":"unban","id":"8"}""", "moderate") { User = "ada", Context = [("role", "moderator")] },
        new("unavailable", """{"action":"unban","id":"8","user":"mallory"}""", "moderate")
        {
            User = "ada",
            Context = [("role", "moderator")],
            Given = function => function.Sqs.Refuses = true,
        },
    ];

    private static void InBlue(RunningFunction function) =>
        function.Registry.Add("blue", Events.ConnectionId, dialect: function.Registry.SpeaksJson(Events.ConnectionId) ? Dialect.Json : Dialect.Plain);

    private static Action<RunningFunction> Change(bool isIn) =>
        function => function.Registry.SetChange(Events.ConnectionId, "blue", isIn, ReceivedAt);

    private static void Log(RunningFunction function, params long[] numbers)
    {
        foreach (var seq in numbers)
        {
            function.Registry.Post("blue", Epoch, seq, new()
            {
                MessageId = $"m{seq}=",
                ConnectionId = "A1=",
                Room = "blue",
                User = seq % 2 == 0 ? "ada" : null,
                Name = seq % 2 == 0 ? "Ada" : null,
                Guest = seq % 2 == 0 ? null : "guest-3fk2a9",
                Message = $"number {seq}",
                Data = seq % 2 == 0 ? """{"colour":"red"}""" : null,
                PostedAt = ReceivedAt.AddSeconds(seq - 60),
            });
        }
    }
}
