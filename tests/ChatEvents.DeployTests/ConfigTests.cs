using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;

namespace ChatEvents.DeployTests;

public class ConfigTests
{
    private const string Existing =
        """ "network": { "kind": "existing", "vpcId": "vpc-00000001", "subnetIds": ["subnet-00000001"], "availabilityZones": ["eu-central-1a"] """;

    [Fact]
    public void The_file_that_comes_with_the_project_is_a_small_deployment_in_a_network_of_its_own()
    {
        var config = ChatConfigFile.Read(Path.Combine(SourceTree.Root, "deploy", "chat.json"));

        Assert.Equal("chat-prod", config.StackName);
        Assert.Equal(DeploymentSize.Small, config.Size);
        Assert.Equal(NetworkKind.New, config.Network.Kind);
        Assert.Equal(WorkerHosting.Ecs, config.Workers);
    }

    [Fact]
    public void Comments_and_trailing_commas_are_fine() =>
        Assert.Equal(DeploymentSize.Large, Parse("""{ /* busy */ "size": "large", }""").Size);

    [Theory]
    [InlineData("""{ "sise": "small" }""", "sise")]
    [InlineData("""{ "size": "huge" }""", "size")]
    [InlineData("""{ "size": 2 }""", "size")]
    [InlineData("""{ "network": { "kind": "moon" } }""", "network.kind")]
    [InlineData("""{ "workers": "ec2" }""", "workers")]
    [InlineData("""{ "images": {} }""", "tag")]
    [InlineData("""{ "stage": null }""", "stage")]
    [InlineData("null", "null")]
    [InlineData("""{ "size": """, "line 1")]
    public void What_cannot_be_read_is_refused_with_its_place(string json, string place)
    {
        var refused = Assert.Throws<InvalidConfigException>(() => Parse(json));

        Assert.StartsWith("test.json", refused.Message, StringComparison.Ordinal);
        Assert.Contains(place, refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("""{ "name": "Chat" }""", "name must be 2 to 20 of a-z, 0-9 and '-', beginning with a letter, but is \"Chat\".")]
    [InlineData("""{ "stage": "a/b" }""", "stage must be 1 to 20 of a-z, 0-9 and '-', but is \"a/b\".")]
    [InlineData("""{ "maxMessageBytes": 0 }""", "maxMessageBytes must be from 1 to 131072, but is 0.")]
    [InlineData("""{ "maxMessageBytes": 131073 }""", "maxMessageBytes must be from 1 to 131072, but is 131073.")]
    [InlineData("""{ "historyRetentionHours": 2 }""", "historyRetentionHours must be from 3 to 720, but is 2.")]
    [InlineData("""{ "historyMaxMessages": 1001 }""", "historyMaxMessages must be from 1 to 1000, but is 1001.")]
    [InlineData("""{ "reservedConcurrency": 1001 }""", "reservedConcurrency must be from 0 to 1000, but is 1001.")]
    [InlineData(
        """{ "auth": { "mode": "required", "audience": ["x"], "issuer": "https://login.example.com", "clientId": "web" } }""",
        "auth.clientId and auth.signInOrigins are for the page; set site to true, or leave them out.")]
    [InlineData(
        """{ "site": true, "auth": { "mode": "required", "audience": ["x"], "publicKey": "arn:aws:ssm:eu-central-1:111122223333:parameter/key", "clientId": "web" } }""",
        "auth.clientId is the page's at auth.issuer, which is missing.")]
    [InlineData(
        """{ "site": true, "auth": { "mode": "required", "audience": ["x"], "issuer": "https://login.example.com", "signInOrigins": ["https://a.example.com/x"] } }""",
        "auth.signInOrigins must be https URLs without a path, such as https://login.example.com, but is \"https://a.example.com/x\".")]
    [InlineData("""{ "alarmEmail": "nobody" }""", "alarmEmail must be a mail address, but is \"nobody\".")]
    [InlineData(
        """{ "callbackEndpoint": "http://chat.example.com" }""",
        "callbackEndpoint must be an https URL without query and without a slash at the end, but is \"http://chat.example.com\".")]
    [InlineData(
        """{ "callbackEndpoint": "https://chat.example.com/" }""",
        "callbackEndpoint must be an https URL without query and without a slash at the end, but is \"https://chat.example.com/\".")]
    [InlineData(
        """{ "images": { "tag": "latest" } }""",
        "images.tag must name a version: a rollback could not go back to what \"latest\" was.")]
    [InlineData(
        """{ "auth": { "issuer": "https://issuer.example.com" } }""",
        "auth describes tokens, and without auth.mode nobody has one; set auth.mode to \"optional\" or \"required\", or leave auth out.")]
    [InlineData(
        """{ "auth": { "mode": "required", "issuer": "https://issuer.example.com" } }""",
        "auth.audience must name whom tokens are for, without commas: otherwise a token for any other application would do.")]
    [InlineData(
        """{ "auth": { "mode": "required", "audience": ["chat"] } }""",
        "auth.issuer must be an https URL without query, where the keys of tokens are found, but is \"\".")]
    [InlineData(
        """{ "auth": { "mode": "required", "audience": ["chat"], "issuer": "http://issuer.example.com" } }""",
        "auth.issuer must be an https URL without query, where the keys of tokens are found, but is \"http://issuer.example.com\".")]
    [InlineData(
        """{ "auth": { "mode": "required", "audience": ["chat"], "publicKey": "-----BEGIN PUBLIC KEY-----" } }""",
        "auth.publicKey and auth.secret must be the whole ARN of an SSM parameter (arn:aws:ssm:...:parameter/name) or of a secret "
        + "(arn:aws:secretsmanager:...:secret:name-AbCdEf), but is \"-----BEGIN PUBLIC KEY-----\".")]
    [InlineData(
        """{ "auth": { "mode": "required", "audience": ["chat"], "secret": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:chat" } }""",
        "auth.publicKey and auth.secret must be the whole ARN of an SSM parameter (arn:aws:ssm:...:parameter/name) or of a secret "
        + "(arn:aws:secretsmanager:...:secret:name-AbCdEf), but is \"arn:aws:secretsmanager:eu-central-1:111122223333:secret:chat\".")]
    [InlineData(
        """{ "auth": { "mode": "required", "audience": ["chat"], "publicKey": "arn:aws:ssm:eu-central-1:111122223333:parameter/a", "secret": "arn:aws:ssm:eu-central-1:111122223333:parameter/b" } }""",
        "auth.publicKey and auth.secret exclude each other; set one of them.")]
    [InlineData(
        """{ "domain": { "name": "https://chat.example.com", "hostedZone": { "id": "Z1", "name": "example.com" } } }""",
        "domain.name must be a name such as chat.example.com, but is \"https://chat.example.com\".")]
    [InlineData(
        """{ "domain": { "name": "chat.example.com" } }""",
        "domain needs a certificate, or a hostedZone by which a new one is validated.")]
    [InlineData(
        """{ "domain": { "name": "chat.example.com", "certificate": "my certificate" } }""",
        "domain.certificate must be the ARN of a certificate in ACM, but is \"my certificate\".")]
    [InlineData(
        """{ "domain": { "name": "chat.example.com", "hostedZone": { "id": "Z1", "name": "example.org" } } }""",
        "domain.hostedZone must be the id and the name of the zone that the domain is in, such as Z0123456789ABCDEFGHIJ and example.com, but is "
        + "\"Z1\" and \"example.org\".")]
    [InlineData(
        """{ "domain": { "name": "chat.example.com", "hostedZone": { "id": "Z1", "name": "example.com" } }, "callbackEndpoint": "https://chat.example.com" }""",
        "callbackEndpoint follows from domain, and is for a domain that this stack does not manage; leave it out.")]
    [InlineData(
        """{ "workers": "lambda", "network": { "kind": "public" } }""",
        "network says where containers run, and with workers set to \"lambda\" there are none; leave it out.")]
    [InlineData(
        """{ "workers": "lambda", "images": { "tag": "1.2.3" } }""",
        "images are those of containers, and with workers set to \"lambda\" there are none; leave them out.")]
    [InlineData(
        """{ "workers": "lambda", "spot": true }""",
        "spot is about containers, and with workers set to \"lambda\" there are none; leave it out.")]
    [InlineData(
        """{ "network": { "kind": "existing" } }""",
        "network.vpcId must be the id of the existing network, such as vpc-0123456789abcdef0, but is \"\".")]
    [InlineData(
        """{ "network": { "kind": "existing", "vpcId": "vpc-00000001", "subnetIds": ["a"] } }""",
        "network.subnetIds must be ids of subnets of the existing network, such as subnet-0123456789abcdef0, but are [a].")]
    [InlineData(
        """{ "network": { "kind": "existing", "vpcId": "vpc-00000001", "subnetIds": ["subnet-00000001"] } }""",
        "network.availabilityZones must name the zone of each subnet, 1 in all, but names 0.")]
    [InlineData(
        "{" + Existing + "} }",
        "network.hasExecuteApiEndpoint must be answered with true or false for an existing network; docs/deploy.md tells how to find out.")]
    public void A_setting_that_makes_no_sense_is_refused_with_one_sentence_that_names_it(string json, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InvalidConfigException>(() => Parse(json)).Message);

    [Fact]
    public void Days_that_logs_are_kept_for_are_those_that_CloudWatch_knows()
    {
        Assert.Equal(90, Parse("""{ "logRetentionDays": 90 }""").LogRetentionDays);
        Assert.StartsWith(
            "logRetentionDays must be one of 1, 3, 5, ",
            Assert.Throws<InvalidConfigException>(() => Parse("""{ "logRetentionDays": 31 }""")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_describes_an_existing_network_is_refused_for_a_new_one() => Assert.Contains(
        "describe an existing network",
        Assert.Throws<InvalidConfigException>(() => Parse("""{ "network": { "vpcId": "vpc-1" } }""")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_network_whose_endpoint_would_swallow_the_posts_needs_a_custom_domain()
    {
        var trapped = "{" + Existing + ", \"hasExecuteApiEndpoint\": true }";

        Assert.Contains("403", Assert.Throws<InvalidConfigException>(() => Parse(trapped + "}")).Message, StringComparison.Ordinal);
        Assert.NotNull(Parse(trapped + """, "callbackEndpoint": "https://chat.example.com" }"""));
    }

    private static ChatConfig Parse(string json) => ChatConfigFile.Parse(json, "test.json");
}
