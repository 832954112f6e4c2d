// Sends and receives through version 2 of Amazon's SDK, which posts to the URL of the queue: node aws-sdk-v2.cjs <endpoint>
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
const { SQS } = require('aws-sdk');

const sqs = new SQS({ endpoint: process.argv[2], region: 'eu-central-1', accessKeyId: 'local', secretAccessKey: 'local' });
(async () => {
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'from-v2' }).promise();
  console.log(QueueUrl);
  await sqs.sendMessage({ QueueUrl, MessageBody: 'hello' }).promise();
  const { Messages } = await sqs.receiveMessage({ QueueUrl }).promise();
  console.log(`received: ${Messages[0].Body}`);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }).promise();
})();
