import { Agent, request } from 'node:http';
import { percentile } from './report.ts';

export interface Load {
  /** Answers a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Clients {
  /** How many do it at the same time. */
  readonly connections: number;
  readonly seconds: number;
}

/** Does something again and again, each client when it has done it the last time. */
export async function repeat(work: () => Promise<unknown>, { connections, seconds }: Clients): Promise<Load> {
  const times: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      await work();
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  const taken = (performance.now() - start) / 1000;
  const at = (share: number) => percentile(times, share);
  return { rate: times.length / taken, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export interface Asking {
  readonly token?: string;
  /** JSON; posted where it is given. */
  readonly body?: string;
}

/** Asks for an address again and again on some connections at the same time. */
export async function load(url: string, options: Clients & Asking): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  try {
    return await repeat(() => ask(url, agent, options), options);
  } finally {
    agent.destroy();
  }
}

function ask(url: string, agent: Agent, { token, body }: Asking): Promise<void> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    request(url, { agent, headers, method: body === undefined ? 'GET' : 'POST' }, (response) => {
      if (response.statusCode !== 200 && response.statusCode !== 201) {
        reject(new Error(`${url} answered ${response.statusCode}`));
      }
      response.resume();
      response.on('end', resolve);
      response.on('error', reject);
    })
      .on('error', reject)
      .end(body);
  });
}
