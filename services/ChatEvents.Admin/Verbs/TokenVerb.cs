using System.CommandLine;
using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>token --user ada</c>: a token for a chat whose secret is at hand, such as the local system.</summary>
internal static class TokenVerb
{
    private const int MaxHours = 24 * 30;

    public static Command Create(VerbContext verbs)
    {
        var user = new Option<string>("--user") { Description = "The user id.", Required = true };
        var name = new Option<string?>("--name") { Description = "The name that others see." };
        var join = new Option<string[]>("--join") { Description = "A room that may be joined, * at the end allowed; may be repeated." };
        var post = new Option<string[]>("--post") { Description = "A room that may be posted to; @ada is a user, @* every user; may be repeated." };
        var role = new Option<string?>("--role") { Description = "moderator." };
        var hours = Arguments.Hours("After how many hours it ends", byDefault: 1, MaxHours);
        Arguments.Require(user, UserId.IsValid, $"--user must be 1 to {UserId.MaxLength} visible characters.");

        var command = new Command(
            "token",
            "Makes a token for a chat whose secret is in AUTH_SECRET. The local system prints the export line that it needs.")
        {
            user, name, join, post, role, hours,
        };
        return verbs.Does(command, async (run, _) =>
        {
            var settings = run.Settings;
            if (settings["AUTH_SECRET"] is not { Length: > 0 } secret || Encoding.UTF8.GetByteCount(secret) < SecretToken.MinSecretBytes)
            {
                throw new AdminException(
                    "A token is made where the secret is: paste the export line that `dotnet run --project services/ChatEvents.Local -- --auth required` "
                    + $"prints, or set AUTH_SECRET (at least {SecretToken.MinSecretBytes} bytes) and AUTH_AUDIENCE.");
            }

            var now = run.Chat.Time.GetUtcNow();
            var token = new SecretToken
            {
                User = run.Arguments.GetRequiredValue(user),
                Name = run.Arguments.GetValue(name),
                Join = run.Arguments.GetValue(join) is { Length: > 0 } joined ? joined : null,
                Post = run.Arguments.GetValue(post) is { Length: > 0 } posted ? posted : null,
                Role = run.Arguments.GetValue(role),
                Audience = settings["AUTH_AUDIENCE"] is { Length: > 0 } audience ? audience.Split(',')[0].Trim() : SecretToken.LocalAudience,
                Issuer = settings["AUTH_ISSUER"] is { Length: > 0 } issuer ? issuer : null,
                IssuedAt = now,
                ExpiresAt = now.AddHours(run.Arguments.GetValue(hours)),
            }.Sign(secret);
            await run.Results.WriteTextAsync("token", token);
            await run.Notes.WriteLineAsync($"export TOKEN={token}");
            return ExitCode.Done;
        });
    }
}
