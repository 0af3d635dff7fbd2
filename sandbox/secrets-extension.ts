import { json, type LoopbackServer, serveLoopback } from './loopback.ts';

/** Secrets by id; each is the JSON object that Secrets Manager would hold. Made up at start, good for this sandbox alone. */
export type Secrets = Readonly<Record<string, object>>;

/** Stands in for the Parameters and Secrets extension: `GET /secretsmanager/get?secretId=…`, with the function's token. */
export async function serveSecrets(secrets: Secrets, token: string): Promise<LoopbackServer> {
  return serveLoopback(async ({ path, query, headers }) => {
    if (path !== '/secretsmanager/get') return json(404, { error: `There is nothing at ${path}.` });
    if (headers['x-aws-parameters-secrets-token'] !== token) return json(401, { error: 'The token is not right.' });
    const id = query.get('secretId') ?? '';
    const secret = secrets[id];
    if (secret === undefined) return json(400, { error: `ResourceNotFoundException: ${id}` });
    return json(200, { Name: id, VersionId: 'sandbox', SecretString: JSON.stringify(secret) });
  });
}
