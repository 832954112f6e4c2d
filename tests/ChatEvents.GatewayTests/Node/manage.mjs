// The AWS SDK for JavaScript v3 against @connections: post, get, delete, and what it makes of a connection that is gone.
import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

const [endpoint, ConnectionId] = process.argv.slice(2);
const client = new ApiGatewayManagementApiClient({
  endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'secret' }, maxAttempts: 1,
});
const posted = await client.send(new PostToConnectionCommand({ ConnectionId, Data: 'from JavaScript' }));
console.log(`post ${posted.$metadata.httpStatusCode}`);
const described = await client.send(new GetConnectionCommand({ ConnectionId }));
console.log(`get ${described.Identity.SourceIp} ${described.ConnectedAt instanceof Date}`);
const deleted = await client.send(new DeleteConnectionCommand({ ConnectionId }));
console.log(`delete ${deleted.$metadata.httpStatusCode}`);
for (const [what, id] of [['gone', ConnectionId], ['invalid', 'abc']]) {
  await client.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x' }))
    .catch(error => console.log(`${what} ${error.name} ${error.$metadata.httpStatusCode}`));
}
