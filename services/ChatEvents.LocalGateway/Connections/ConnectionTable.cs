using System.Collections.Concurrent;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Connections;

/// <summary>The connections that can be posted to: accepted by <c>$connect</c> and not closing.</summary>
internal sealed class ConnectionTable
{
    private readonly ConcurrentDictionary<string, OpenConnection> _open = new(StringComparer.Ordinal);

    private volatile bool _isClosing;

    public int Count => _open.Count;

    public void Add(OpenConnection connection)
    {
        _open[connection.Facts.Id] = connection;
        if (_isClosing)
            connection.Close(CloseStatus.GoingAway);
    }

    public void Remove(OpenConnection connection) => _open.TryRemove(connection.Facts.Id, out _);

    public OpenConnection? Find(string id) => _open.GetValueOrDefault(id);

    /// <summary>Closes all connections, including those that are added later.</summary>
    public void CloseAll()
    {
        _isClosing = true;
        foreach (var (_, connection) in _open)
            connection.Close(CloseStatus.GoingAway);
    }
}
