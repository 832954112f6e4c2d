using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers;

/// <summary>
/// How all workers check their settings: rules for one setting are attributes, rules for several are in
/// <see cref="IValidatableObject.Validate"/>. Each violation is one sentence that names the setting.
/// </summary>
public static class Settings
{
    /// <summary>Binds settings to a section, and checks them when the program starts.</summary>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string section, string? name = null)
        where TOptions : class =>
        services.AddOptions<TOptions>(name).BindConfiguration(section).CheckOnStart(section);

    public static OptionsBuilder<TOptions> CheckOnStart<TOptions>(this OptionsBuilder<TOptions> options, string section)
        where TOptions : class
    {
        options.Services.AddSingleton<IValidateOptions<TOptions>>(new Check<TOptions>(options.Name, section));
        return options.ValidateOnStart();
    }

    /// <summary>One sentence per violation.</summary>
    public static IReadOnlyList<string> ProblemsOf(object options, string section)
    {
        var ofOne = from setting in options.GetType().GetProperties()
                    from rule in setting.GetCustomAttributes<ValidationAttribute>()
                    let value = setting.GetValue(options)
                    where !rule.IsValid(value)
                    select $"{setting.Name} {TextOf(rule)}, but is {(value is string ? $"\"{value}\"" : value)}.";
        var ofSeveral = (options as IValidatableObject)?.Validate(new(options)).Select(problem => problem.ErrorMessage!) ?? [];
        return [.. ofOne.Concat(ofSeveral).Select(problem => $"{section}:{problem}")];
    }

    private static string TextOf(ValidationAttribute rule) => rule switch
    {
        { ErrorMessage: { } text } => text,
        RangeAttribute range => $"must be from {range.Minimum} to {range.Maximum}",
        _ => throw new NotSupportedException($"{rule.GetType().Name} has no text."),
    };

    private sealed class Check<TOptions>(string checkedName, string section) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            if (name != checkedName) return ValidateOptionsResult.Skip;
            var problems = ProblemsOf(options, section);
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
