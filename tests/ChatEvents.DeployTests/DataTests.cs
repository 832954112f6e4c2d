using ChatEvents.Contracts;
using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

public class DataTests
{
    [Theory]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public void Every_queue_has_dead_letters_that_are_kept_for_two_weeks(string name)
    {
        var template = Synthesized.ByName(name);
        var queues = template.OfType("AWS::SQS::Queue");
        var sources = queues.Where(queue => !queue.Name.EndsWith("DeadLetters", StringComparison.Ordinal)).ToList();

        Assert.Equal(["QueuesConnections", "QueuesLate", "QueuesMessages", "QueuesWalks"], sources.Select(queue => queue.Name).Order());
        Assert.All(sources, queue =>
        {
            Assert.Equal($"{{{queue.Name}DeadLetters.Arn}}", queue.Say("RedrivePolicy.deadLetterTargetArn"));
            var maxReceives = queue.Name == "QueuesLate" ? MaxReceives.OfLate : MaxReceives.ByDefault;
            Assert.Equal($"{maxReceives}", queue.Say("RedrivePolicy.maxReceiveCount"));
            var deadLetters = template.Named($"{queue.Name}DeadLetters");
            Assert.Equal($"{TimeSpan.FromDays(14).TotalSeconds}", deadLetters.Say("MessageRetentionPeriod"));
            Assert.Equal(queue.Say("FifoQueue"), deadLetters.Say("FifoQueue"));
        });
        Assert.Equal(2 * sources.Count, queues.Count);
    }

    [Fact]
    public void Queues_are_encrypted_and_refuse_plain_HTTP()
    {
        foreach (var queue in Synthesized.Small.OfType("AWS::SQS::Queue"))
        {
            Assert.Equal("true", queue.Say("SqsManagedSseEnabled"), ignoreCase: true);
            var policy = Assert.Single(
                Synthesized.Small.OfType("AWS::SQS::QueuePolicy"),
                policy => policy.Say("Queues") == $"{{{queue.Name}}}");
            Assert.Equal("Deny", policy.Say("PolicyDocument.Statement.0.Effect"));
            Assert.Equal("false", policy.Say("PolicyDocument.Statement.0.Condition.Bool.aws:SecureTransport"));
        }
    }

    [Theory]
    [InlineData("QueuesMessages")]
    [InlineData("QueuesWalks")]
    [InlineData("QueuesLate")]
    public void What_is_for_one_room_or_connection_keeps_its_order_without_sharing_a_quota_with_the_others(string queue)
    {
        var messages = Synthesized.Small.Named(queue);

        Assert.Equal("true", messages.Say("FifoQueue"), ignoreCase: true);
        Assert.Equal("false", messages.Say("ContentBasedDeduplication"), ignoreCase: true);
        Assert.Equal("messageGroup", messages.Say("DeduplicationScope"));
        Assert.Equal("perMessageGroupId", messages.Say("FifoThroughputLimit"));
        Assert.Null(Synthesized.Small.Named("QueuesConnections").Say("FifoQueue"));
    }

    [Theory]
    [InlineData("TablesConnections", RegistryTables.ConnectionId, null)]
    [InlineData("TablesRooms", RegistryTables.RoomShard, RegistryTables.ConnectionId)]
    [InlineData("TablesClosed", RegistryTables.ConnectionId, null)]
    [InlineData("TablesProgress", ProgressSchema.MessageId, null)]
    [InlineData("TablesRecent", RecentMessages.Room, RecentMessages.Position)]
    public void Tables_have_the_keys_that_the_workers_use(string table, string partitionKey, string? sortKey)
    {
        var template = Synthesized.Small.Named(table);

        Assert.Equal(partitionKey, template.Say("KeySchema.0.AttributeName"));
        Assert.Equal(sortKey, template.Properties["KeySchema"]!.AsArray().ElementAtOrDefault(1)?["AttributeName"]?.ToString());
    }

    [Fact]
    public void Tables_are_paid_by_use_and_keep_nothing_after_it_has_expired()
    {
        var tables = Synthesized.Small.OfType("AWS::DynamoDB::Table");

        Assert.Equal(6, tables.Count);
        Assert.All(tables, table =>
        {
            Assert.Equal("PAY_PER_REQUEST", table.Say("BillingMode"));
            Assert.Equal(RegistryTables.TimeToLive, table.Say("TimeToLiveSpecification.AttributeName"));
            // A backup would keep messages and addresses for 35 days, against SECURITY.md.
            Assert.NotEqual("true", table.Say("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"), StringComparer.OrdinalIgnoreCase);
        });
    }
}
