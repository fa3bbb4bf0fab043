/** A server of chat completions of a test's own, over real sockets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  model?: string;
  messages: { role: string; content: string }[];
  logprobs?: boolean;
  top_logprobs?: number;
}

export interface Request {
  path: string;
  headers: IncomingMessage['headers'];
  body: Asked;
}

export interface ChatServer {
  /** With /v1 at its end. */
  address: string;
  requests: Request[];
  /** Most requests that were open at once. */
  most: number;
  close(): void;
}

export type Respond = (request: Request, response: ServerResponse, count: number) => void | Promise<void>;

/** @param preflight answers what a browser asks before it sends a request from a page. */
export async function chatServer(
  respond: Respond,
  preflight: (response: ServerResponse) => void = () => undefined,
): Promise<ChatServer> {
  let open = 0;
  const server = createServer((request, response) => {
    open += 1;
    served.most = Math.max(served.most, open);
    response.on('close', () => (open -= 1));
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      if (request.method === 'OPTIONS') {
        preflight(response);
        response.end();
        return;
      }
      const asked = { path: request.url!, headers: request.headers, body: JSON.parse(text) as Asked };
      served.requests.push(asked);
      void respond(asked, response, served.requests.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const served: ChatServer = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ...{ requests: [], most: 0 },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return served;
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

/** A completion as OpenAI's servers give it, with the candidates of each place. */
export function completion(content: string, places: Record<string, number>[] = []) {
  const log = ([token, probability]: [string, number]) => ({ token, logprob: Math.log(probability) });
  const content_ = places.map((place) => {
    const candidates = Object.entries(place).map(log);
    return { ...candidates[0], bytes: [], top_logprobs: candidates };
  });
  const logprobs = places.length === 0 ? null : { content: content_ };
  return { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content }, logprobs, finish_reason: 'stop' }] };
}
