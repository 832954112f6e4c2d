namespace ChatEvents.GatewayTests.Harness;

internal static class RawClients
{
    extension(RawClient)
    {
        /// <summary>A client whose handshake is done.</summary>
        public static async Task<RawClient> ConnectAsync(TestGateway gateway, params string[] headers)
        {
            var client = await RawClient.OpenAsync(gateway.Address, TestContext.Current.CancellationToken);
            var answer = await client.HandshakeAsync("/local", headers);
            Assert.Equal(101, answer.Status);
            return client;
        }
    }
}
