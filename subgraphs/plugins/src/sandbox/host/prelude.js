/**
 * Runs in a program's realm before its code: the console, the API and the calls of handlers. Only `post` leads out; it takes and returns
 * text. Takes the parts of the realm that it needs before the program can change it.
 */
(post) => {
  'use strict';
  const { stringify, parse } = JSON;
  const toText = String;
  const pending = new Map();
  let nextRequest = 0;
  const textOf = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return toText(value.stack ? value + '\n' + value.stack : value);
    try {
      return stringify(value) ?? toText(value);
    } catch {
      return toText(value);
    }
  };
  let current = -1;
  /** The call whose log is full. Further lines are dropped here, as each way out of the realm takes time. */
  let full;
  const console = {};
  for (const level of ['debug', 'info', 'warn', 'error'])
    console[level] = (...parts) => {
      if (current !== full && post('log', current, level, parts.map(textOf).join(' '))) full = current;
    };
  console.log = console.info;
  globalThis.console = console;
  const errorText = (error) => {
    try {
      return error instanceof Error || (error && typeof error === 'object' && 'message' in error)
        ? toText(error.name ?? 'Error') + ': ' + toText(error.message)
        : textOf(error);
    } catch {
      return 'an error that cannot be shown';
    }
  };
  const settle = (call, promise) =>
    promise
      .then(
        (value) => {
          post('done', call, 'returned', stringify(value) ?? 'null');
        },
        (error) => {
          post('done', call, 'threw', errorText(error));
        },
      )
      .catch((error) => {
        post('done', call, 'threw', errorText(error));
      });
  const request = (call) => (operation, argument) =>
    new Promise((resolve, reject) => {
      const number = nextRequest++;
      pending.set(number, { resolve, reject });
      const refusal = post('api', call, toText(operation), stringify(argument) ?? 'null', number);
      if (refusal) {
        pending.delete(number);
        reject(new Error(refusal));
      }
    });
  /** The API of one call. Its parts are made when the program asks for them, as most calls need none. */
  const api = (call) => {
    let config;
    const at = (prefix) => {
      const ask = request(call);
      return (name) => (argument) => ask(prefix + name, argument);
    };
    return {
      log: console,
      get config() {
        return () => (config ??= request(call)('config', null));
      },
      get storage() {
        const storage = at('storage.');
        return {
          get: (key) => storage('get')({ key }),
          set: (key, value) => storage('set')({ key, value }),
          delete: (key) => storage('delete')({ key }),
          list: (prefix) => storage('list')({ prefix: prefix ?? '' }),
          increment: (key, by) => storage('increment')({ key, by: by ?? 1 }),
        };
      },
      get messages() {
        const messages = at('messages.');
        return { send: messages('send'), update: messages('update') };
      },
      get interactions() {
        return { reply: (token, reply) => at('interactions.')('reply')({ ...reply, token }) };
      },
      get graph() {
        return { query: (query, variables) => at('graph.')('query')({ query, variables: variables ?? {} }) };
      },
      get http() {
        return { fetch: (url, options) => at('http.')('fetch')({ ...options, url }) };
      },
    };
  };
  return {
    /** Returns the result of a handler that is no promise: that costs less than a way through promises. */
    call(call, main, pathText, argumentText) {
      current = call;
      let handler = main,
        owner;
      for (const step of parse(pathText)) {
        owner = handler;
        handler = handler?.[step];
      }
      if (typeof handler !== 'function')
        return void post('done', call, 'threw', 'TypeError: the plugin has no handler ' + pathText);
      let value;
      try {
        value = handler.call(owner, parse(argumentText), api(call));
        if (typeof value?.then !== 'function') return stringify(value) ?? 'null';
      } catch (error) {
        return void post('done', call, 'threw', errorText(error));
      }
      settle(call, Promise.resolve(value));
    },
    begin(call) {
      current = call;
    },
    settle(call, value) {
      settle(call, Promise.resolve(value));
    },
    answer(call, number, isError, json) {
      const waiting = pending.get(number);
      pending.delete(number);
      current = call;
      if (!waiting) return;
      if (isError) waiting.reject(new Error(parse(json)));
      else waiting.resolve(parse(json));
    },
  };
};
