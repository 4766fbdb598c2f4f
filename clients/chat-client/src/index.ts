/** `@chat/client`: sessions, resumable subscriptions and an outgoing queue for clients of the chat, without a framework. */
export { ChatClient, type ChatClientOptions, type ExecuteOptions, type Operation } from './chat-client.ts';
export { ChatError, type ChatErrorCode, type ClientErrorCode, type ResponseError } from './chat-error.ts';
export { type Unlisten } from './emitter.ts';
export { type ErrorCode } from './generated/error-codes.ts';
export { type ConnectionState } from './live-socket.ts';
export { type LiveEvent, type LiveObserver, type ResumeOptions } from './live-subscription.ts';
export { Outbox, type OutboxOptions, type Queued } from './outbox.ts';
export { type OutboxEntry, type OutboxState } from './outbox-entry.ts';
export { Refresher, type RefresherOptions } from './refresher.ts';
export { Session, type SessionChange, type SessionOptions } from './session.ts';
export { type Authentication } from './session-tokens.ts';
export { type ClientStorage, defaultStorage, memoryStorage, type WebStorage, webStorage } from './storage.ts';
