using System.Text.Json.Nodes;

namespace ChatEvents.DeployTests.Synthesis;

/// <summary>The permissions of a template: one line per role, action and resource.</summary>
public sealed record Permission(string Role, string Action, string Resource)
{
    public static IReadOnlyList<Permission> In(Template template) =>
    [
        .. from policy in template.OfType("AWS::IAM::Policy")
           from statement in policy.Properties["PolicyDocument"]!["Statement"]!.AsArray()
           from role in policy.Properties["Roles"]!.AsArray()
           from action in Several(statement!["Action"])
           from resource in Several(statement["Resource"])
           let permission = new Permission(Template.Say(role).Trim('{', '}'), Template.Say(action), Template.Say(resource))
           where permission.Resource != "{AWS::NoValue}"
           orderby permission.Role, permission.Action, permission.Resource
           select permission,
    ];

    /// <summary>A right as the programs' tests name it: <c>sqs:SendMessage on Late</c> for the queue that the template calls QueuesLate.</summary>
    public static string Say(string right)
    {
        var (action, resource) = right.Split(" on ") switch { var parts => (parts[0], parts[1]) };
        return $"{action} on {{{(action.StartsWith("sqs:", StringComparison.Ordinal) ? "Queues" : "Tables")}{resource}.Arn}}";
    }

    public override string ToString() => $"{Role}: {Action} on {Resource}";

    private static JsonArray Several(JsonNode? value) => value as JsonArray ?? [value?.DeepClone()];
}
