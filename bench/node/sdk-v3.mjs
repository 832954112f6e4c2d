import http from 'node:http';
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { credentials, measure, region } from './measure.mjs';

let api;
await measure((url, connectionId, text) => {
  api ??= new ApiGatewayManagementApiClient({
    endpoint: url,
    region,
    credentials,
    requestHandler: { httpAgent: new http.Agent({ keepAlive: true, maxSockets: 512 }) },
  });
  return api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: text }));
});
