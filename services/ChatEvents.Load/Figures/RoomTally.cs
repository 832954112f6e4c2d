namespace ChatEvents.Load.Figures;

/// <summary>
/// What was said in a room, and which of its members heard it. The order of the room is that of the server's numbers; where there are none, that
/// in which anybody heard the messages first: as all must hear one order, nobody can hear another one.
/// </summary>
/// <param name="members">How many are in the room. Each is to hear everything.</param>
internal sealed class RoomTally(int members)
{
    private readonly Lock _gate = new();
    private readonly List<Said> _said = [];
    private readonly long[] _latestRank = new long[members];
    private readonly int[] _refusedToSender = new int[members];
    private long _nextRank = 1;
    private long _repeated, _outOfOrder, _fromHistory, _heard;

    /// <summary>Of all messages and members; grows as long as anything arrives.</summary>
    public long Heard
    {
        get
        {
            lock (_gate) return _heard;
        }
    }

    public bool IsComplete
    {
        get
        {
            lock (_gate) return _said.TrueForAll(said => said.IsRefused || said.HeardBy == members);
        }
    }

    /// <summary>What is told at most once to a room's tally of each of its messages.</summary>
    /// <param name="sender">Which member says it.</param>
    /// <param name="at">When.</param>
    /// <param name="isTimed">Whether its time counts.</param>
    /// <returns>The number of the message in this tally.</returns>
    public int Say(int sender, long at, bool isTimed)
    {
        lock (_gate)
        {
            _said.Add(new Said(sender, at, isTimed, members));
            return _said.Count - 1;
        }
    }

    /// <summary>The server has said that it has the message.</summary>
    public void Accept(int number)
    {
        lock (_gate) _said[number].IsAccepted = true;
    }

    /// <summary>The message never reached the server, or it did not want it.</summary>
    public void Refuse(int number)
    {
        lock (_gate) _said[number].IsRefused = true;
    }

    /// <summary>One of the sender's messages was refused; of those that nobody heard, one is not lost.</summary>
    public void RefuseOneOf(int sender)
    {
        lock (_gate) _refusedToSender[sender]++;
    }

    /// <param name="member">Who heard it.</param>
    /// <param name="number">Which message, as <see cref="Say"/> returned it. What nobody has said is ignored.</param>
    /// <param name="seq">The server's number; null if there is none.</param>
    /// <param name="at">When.</param>
    /// <param name="isHistory">Whether it was asked for, and so may come after later ones.</param>
    public void Hear(int member, int number, long? seq, long at, bool isHistory = false)
    {
        lock (_gate)
        {
            if (number < 0 || number >= _said.Count) return;
            var said = _said[number];
            if (said.Rank == 0) said.Rank = seq ?? _nextRank++;
            if (!said.TryHear(member))
            {
                if (!isHistory) _repeated++;
                return;
            }

            (_heard, said.LastHeardAt) = (_heard + 1, Math.Max(said.LastHeardAt, at));
            if (isHistory) _fromHistory++;
            else if (said.Rank < _latestRank[member]) _outOfOrder++;
            else _latestRank[member] = said.Rank;
        }
    }

    /// <param name="isAnswered">Whether the server says what it has accepted; otherwise everything counts that it has not refused.</param>
    /// <param name="time">Of the timestamps.</param>
    public RoomSummary Summarize(bool isAnswered, TimeProvider time)
    {
        lock (_gate)
        {
            foreach (var said in _said.Where(said => said is { HeardBy: 0, IsRefused: false }))
            {
                if (isAnswered ? !said.IsAccepted : _refusedToSender[said.Sender]-- > 0) said.IsRefused = true;
            }

            var counted = _said.Where(said => !said.IsRefused).ToList();
            return new RoomSummary(
                _said.Count,
                counted.Count,
                (long)counted.Count * members,
                counted.Sum(said => (long)said.HeardBy),
                _repeated,
                _outOfOrder,
                _fromHistory,
                [.. counted.Where(said => said.IsTimed && said.HeardBy == members)
                    .Select(said => new Delay(said.At, time.GetElapsedTime(said.At, said.LastHeardAt)))]);
        }
    }

    private sealed class Said(int sender, long at, bool isTimed, int members)
    {
        private readonly ulong[] _heardBy = new ulong[(members + 63) / 64];

        public int Sender => sender;

        public long At => at;

        public bool IsTimed => isTimed;

        public bool IsAccepted { get; set; }

        public bool IsRefused { get; set; }

        public long Rank { get; set; }

        public long LastHeardAt { get; set; }

        public int HeardBy { get; private set; }

        /// <returns>False if the member had heard it before.</returns>
        public bool TryHear(int member)
        {
            var bit = 1UL << (member % 64);
            if ((_heardBy[member / 64] & bit) != 0) return false;
            _heardBy[member / 64] |= bit;
            HeardBy++;
            return true;
        }
    }
}

/// <param name="SaidAt">A timestamp.</param>
/// <param name="Length">From there until the last member heard it.</param>
internal readonly record struct Delay(long SaidAt, TimeSpan Length);

/// <param name="Said">Messages that were sent, or should have been.</param>
/// <param name="Accepted">Those of them that were not refused.</param>
/// <param name="Expected">How often accepted ones should have been heard.</param>
/// <param name="Heard">How often they were, each once per member.</param>
/// <param name="Repeated">How often one was heard again.</param>
/// <param name="OutOfOrder">How often one was heard after a later one.</param>
/// <param name="FromHistory">How many of those that were heard had to be asked for.</param>
/// <param name="Delays">Of the messages that all have heard, without those of the warm-up.</param>
internal sealed record RoomSummary(
    int Said, int Accepted, long Expected, long Heard, long Repeated, long OutOfOrder, long FromHistory, IReadOnlyList<Delay> Delays);
