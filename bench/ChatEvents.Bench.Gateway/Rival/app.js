// The least that a function can do; both gateways run it.
exports.connect = async () => ({ statusCode: 200 });
exports.fast = async event => ({ statusCode: 200, body: event.body });
exports.who = async event => ({ statusCode: 200, body: event.requestContext.connectionId });
