using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Tells what AWS would charge for what the gateway has done so far.</summary>
internal sealed class BillEndpoint(GatewayOptions options, Ledger ledger, ReadOtherUse? readOtherUse)
{
    public async Task<Bill> ReadAsync(CancellationToken cancellation)
    {
        var other = readOtherUse is null ? null : await readOtherUse(cancellation);
        return Bill.For(ledger.Read(), other, name => options.FunctionNamed(name).MemorySize, PriceList.Current);
    }

    public async Task GetAsync(HttpContext http) =>
        await http.Response.WriteAsJsonAsync(await ReadAsync(http.RequestAborted), BillJson.Default.Bill, cancellationToken: http.RequestAborted);
}
