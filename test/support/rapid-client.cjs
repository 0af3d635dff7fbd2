// Preloaded before aws-lambda-ric: stands in for its native part, which takes minutes to build. It fetches by the runtime
// client's own HTTP (AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1) and answers over node:http.
const Module = require('node:module');
const { request } = require('node:http');

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');

function post(path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: `/2018-06-01/runtime/${path}`, method: 'POST' }, (response) => {
      response.resume().on('end', resolve);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const client = {
  initializeClient: () => undefined,
  next: () => Promise.reject(new Error('The alternative client fetches.')),
  done: (id, body) => post(`invocation/${id}/response`, body),
  error: (id, body) => post(`invocation/${id}/error`, body),
};

const load = Module._load;
Module._load = function loadOrStandIn(name, ...rest) {
  return name.endsWith('rapid-client.node') ? client : load.call(this, name, ...rest);
};
