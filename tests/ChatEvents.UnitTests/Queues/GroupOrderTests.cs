using Amazon.SQS.Model;
using ChatEvents.Queues;
using ChatEvents.Testing;
using static ChatEvents.Testing.RecordingSqs;

namespace ChatEvents.UnitTests.Queues;

public sealed class GroupOrderTests : IAsyncDisposable
{
    private readonly PumpUnderTest _pump = new("messages.fifo");

    public ValueTask DisposeAsync() => _pump.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task Messages_of_one_group_are_handled_one_after_the_other()
    {
        _pump.PutIn(InBlue("1"), InBlue("2"), InBlue("3"));
        _pump.Start(TestContext.Current.CancellationToken);

        foreach (var expected in (string[])["1", "2", "3"])
        {
            var call = await _pump.NextCallAsync();
            Assert.Equal(expected, call.MessageId);
            Assert.Equal(expected, _pump.Calls.All[^1].MessageId);
            call.Finish();
            Assert.Equal([$"{expected}-1"], await _pump.NextDeletedAsync());
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task Messages_of_different_groups_are_handled_at_once()
    {
        _pump.PutIn(InBlue("1"), MessageOf("2", group: "red"), MessageOf("3", group: "green"));
        _pump.Start(TestContext.Current.CancellationToken);

        var calls = new[] { await _pump.NextCallAsync(), await _pump.NextCallAsync(), await _pump.NextCallAsync() };

        Assert.Equal(["1", "2", "3"], calls.Select(call => call.MessageId).Order());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_that_yields_its_turn_lets_the_next_begin_which_is_not_settled_before_it_has_finished()
    {
        _pump.PutIn(InBlue("1"), InBlue("2"));
        _pump.Start(TestContext.Current.CancellationToken);
        var first = await _pump.NextCallAsync();

        first.Turn.Yield();
        var second = await _pump.NextCallAsync();
        second.Finish();
        _pump.PutIn(MessageOf("other", group: "red"));
        (await _pump.NextCallAsync()).Finish();
        Assert.Equal(["other-1"], await _pump.NextDeletedAsync());
        first.Finish();

        var deleted = await _pump.NextDeletedAsync();
        if (deleted.Length == 1) deleted = [.. deleted, .. await _pump.NextDeletedAsync()];
        Assert.Equal(["1-1", "2-1"], deleted.Order());
    }

    [Fact(Timeout = 30_000)]
    public async Task When_a_message_fails_those_behind_it_go_back_without_having_begun()
    {
        _pump.PutIn(InBlue("1"), InBlue("2"), InBlue("3"), MessageOf("other", group: "red"));
        _pump.Start(TestContext.Current.CancellationToken);
        var calls = new[] { await _pump.NextCallAsync(), await _pump.NextCallAsync() };

        calls.Single(call => call.MessageId == "1").Fail();

        Assert.Equal([("1-1", 1), ("2-1", 0), ("3-1", 0)], await HiddenAsync(3));
        calls.Single(call => call.MessageId == "other").Finish();
        Assert.Equal(["other-1"], await _pump.NextDeletedAsync());
        Assert.Equal(2, _pump.Calls.All.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task When_a_message_fails_those_behind_it_that_began_are_cancelled_and_go_back_even_if_they_finish()
    {
        _pump.PutIn(InBlue("1"), InBlue("2"), InBlue("3"));
        _pump.Start(TestContext.Current.CancellationToken);
        var first = await _pump.NextCallAsync();
        first.Turn.Yield();
        var second = await _pump.NextCallAsync();
        second.Turn.Yield();
        var third = await _pump.NextCallAsync();
        third.Finish();

        first.Fail();
        await second.ToldToStop;
        second.Finish();

        Assert.Equal([("1-1", 1), ("2-1", 0), ("3-1", 0)], await HiddenAsync(3));
        Assert.Empty(_pump.Sqs.Deletes.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task After_a_failure_the_group_begins_anew_with_the_message_that_failed()
    {
        _pump.PutIn(InBlue("1"), InBlue("2"));
        _pump.Start(TestContext.Current.CancellationToken);
        (await _pump.NextCallAsync()).Fail();
        await HiddenAsync(2);

        _pump.PutIn(InBlue("1", receiveCount: 2), InBlue("2", receiveCount: 2));

        foreach (var expected in (string[])["1", "2"])
        {
            var call = await _pump.NextCallAsync();
            Assert.Equal((expected, 2), (call.MessageId, call.Message.ReceiveCount));
            call.Finish();
            await _pump.NextDeletedAsync();
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_group_that_comes_again_before_its_handlers_have_stopped_waits_for_them_and_is_not_returned_with_them()
    {
        _pump.PutIn(InBlue("1"), InBlue("2"));
        _pump.Start(TestContext.Current.CancellationToken);
        var first = await _pump.NextCallAsync();
        first.Turn.Yield();
        var second = await _pump.NextCallAsync();
        first.Fail();
        await second.ToldToStop;
        Assert.Equal([("1-1", 1)], await HiddenAsync(1));

        _pump.PutIn(InBlue("1", receiveCount: 2));
        await Patiently.UntilAsync("the message to be taken", () => _pump.Sqs.Receives.All.Count > 2, TestContext.Current.CancellationToken);
        Assert.Equal(2, _pump.Calls.All.Count);
        second.Finish();

        var again = await _pump.NextCallAsync();
        Assert.Equal(("1", 2), (again.MessageId, again.Message.ReceiveCount));
        again.Finish();
        await _pump.NextDeletedAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delete_of_a_group_does_not_wait_for_others_because_the_group_waits_for_it()
    {
        _pump.Options.DeleteLinger = TimeSpan.FromSeconds(1);
        _pump.PutIn(InBlue("1"));
        _pump.Start(TestContext.Current.CancellationToken);

        (await _pump.NextCallAsync()).Finish();

        Assert.Equal(["1-1"], await _pump.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task An_unreadable_message_does_not_hold_up_its_group()
    {
        _pump.PutIn(InBlue("garbage"), InBlue("2"));
        _pump.Start(TestContext.Current.CancellationToken);

        (await _pump.NextCallAsync()).Fail(new UnreadableMessageException("No JSON."));
        var second = await _pump.NextCallAsync();
        second.Finish();

        Assert.Equal("2", second.MessageId);
        Assert.Equal([("garbage-1", 0)], await HiddenAsync(1));
        Assert.Equal(["2-1"], await _pump.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_failed_its_last_receive_does_not_take_its_followers_to_the_dead_letters()
    {
        _pump.PutIn(InBlue("1", receiveCount: 5), InBlue("2", receiveCount: 5));
        _pump.Start(TestContext.Current.CancellationToken);

        (await _pump.NextCallAsync()).Fail();
        (await _pump.NextCallAsync()).Finish();

        Assert.Equal(["2-5"], await _pump.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_of_a_group_whose_lease_is_lost_takes_its_followers_along()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(InBlue("1"), InBlue("2"));
        _pump.Sqs.OnVisibilityChange = request => Task.FromResult(request.Entries
            .Where(entry => entry.ReceiptHandle == "1-1")
            .Select(entry => new BatchResultErrorEntry { Id = entry.Id, Code = "ReceiptHandleIsInvalid", SenderFault = true })
            .ToList());
        _pump.Start(cancellation);
        var first = await _pump.NextCallAsync();

        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(21), cancellation);
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(100), cancellation);
        await first.StopWhenToldAsync();

        await foreach (var entry in EachHiddenAsync()) if (entry == ("2-1", 0)) break;
        Assert.Single(_pump.Calls.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_full_group_does_not_keep_another_from_its_turn()
    {
        _pump.Options.MaxInHand = 4;
        _pump.PutIn(InBlue("1"), InBlue("2"), InBlue("3"), MessageOf("other", group: "red"));
        _pump.Start(TestContext.Current.CancellationToken);

        var calls = new[] { await _pump.NextCallAsync(), await _pump.NextCallAsync() };

        Assert.Equal(["1", "other"], calls.Select(call => call.MessageId).Order());
    }

    private static Message InBlue(string id, int receiveCount = 1) => MessageOf(id, group: "blue", receiveCount: receiveCount);

    /// <summary>So many messages made visible or hidden longer, in however many requests.</summary>
    private async Task<IEnumerable<(string Receipt, int? Seconds)>> HiddenAsync(int count)
    {
        var hidden = new List<(string, int?)>();
        await foreach (var entry in EachHiddenAsync())
        {
            hidden.Add(entry);
            if (hidden.Count == count) break;
        }

        return hidden.Order();
    }

    private async IAsyncEnumerable<(string Receipt, int? Seconds)> EachHiddenAsync()
    {
        while (true)
        {
            foreach (var entry in await _pump.NextHiddenAsync()) yield return entry;
        }
    }
}
