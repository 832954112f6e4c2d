import http from 'node:http';
import AWS from 'aws-sdk';
import { credentials, measure, region } from './measure.mjs';

let api;
await measure((url, connectionId, text) => {
  api ??= new AWS.ApiGatewayManagementApi({
    endpoint: url,
    region,
    credentials,
    httpOptions: { agent: new http.Agent({ keepAlive: true }) },
  });
  return api.postToConnection({ ConnectionId: connectionId, Data: text }).promise();
});
