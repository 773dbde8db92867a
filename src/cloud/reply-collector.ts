/** Gathers one reply from undici's callbacks, and knows whether the request was put on the wire. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from '../runtime/http-dispatcher.ts';
import type { HttpResponse } from '../runtime/transport.ts';

export class ReplyCollector implements Dispatcher.DispatchHandler {
  /** Resolves with the whole reply; rejects with undici's error or the reason given to {@link abort}. */
  readonly response: Promise<HttpResponse>;
  readonly #pending: PromiseWithResolvers<HttpResponse>;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #started = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};

  constructor() {
    this.#pending = Promise.withResolvers();
    this.response = this.#pending.promise;
  }

  /** False as long as not one byte of the request can have been written. */
  get started(): boolean {
    return this.#started;
  }

  /** Gives up: rejects at once, and tears the connection down where the request is on it. */
  abort(reason: unknown): void {
    this.#aborted = { reason };
    this.#pending.reject(reason);
    this.#controller?.abort(asError(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while the connection was being made: undici then writes nothing.
    if (this.#aborted !== undefined) {
      controller.abort(asError(this.#aborted.reason));
      return;
    }
    this.#controller = controller;
    this.#started = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
    );
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString('utf8');
    this.#pending.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#pending.reject(error);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
