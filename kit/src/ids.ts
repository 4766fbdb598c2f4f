/** Identifiers: UUIDv7 (RFC 9562), so that ids made later sort later and indexes stay dense. */
import { v7, validate } from 'uuid';

/** A new id, as every entity has one. */
export const newId = (): string => v7();

/** Whether a text is a UUID. Ask before a query: PostgreSQL raises an error on anything else. */
export const isId = (text: unknown): text is string => typeof text === 'string' && validate(text);
