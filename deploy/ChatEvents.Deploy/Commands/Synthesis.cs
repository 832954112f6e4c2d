using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy.Commands;

/// <summary>Writes the template and the list of assets. It needs no account and no network.</summary>
internal static class Synthesis
{
    /// <returns>The name of the stack, and the path of its template.</returns>
    /// <exception cref="DeployException">Something in the stack is refused.</exception>
    public static (string Stack, string Template) Run(ChatConfig config, string folder)
    {
        var (app, stack) = ChatApp.Create(config, folder);
        var messages = app.Synth().Stacks[0].Messages;
        if (messages.FirstOrDefault(message => message.Level == Amazon.CDK.CXAPI.SynthesisMessageLevel.ERROR) is { } error)
            throw new DeployException($"{error.Entry.Data}");
        return (stack.StackName, Path.Combine(folder, stack.TemplateFile));
    }
}
