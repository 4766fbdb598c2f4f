/** Storage for sessions and unsent messages: in memory, or shared by the tabs of a browser. Holds no data format. */

/** A synchronous key-value store. `localStorage` and `sessionStorage` fit through {@link webStorage}. */
export interface ClientStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  keys(): string[];
  /** Whether other tabs or processes use the same data. They are then told of changes. */
  readonly isShared: boolean;
}

/** Data that ends with this page or process. */
export function memoryStorage(): ClientStorage {
  const items = new Map<string, string>();
  return {
    isShared: false,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    keys: () => [...items.keys()],
  };
}

/** The part of the DOM's `Storage` that {@link webStorage} needs. */
export interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** @param storage `localStorage`, or `sessionStorage` for a session that ends with the tab */
export function webStorage(storage: WebStorage): ClientStorage {
  return {
    isShared: true,
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) => storage.setItem(key, value),
    removeItem: (key) => storage.removeItem(key),
    keys: () => Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? ''),
  };
}

/** `localStorage` in a page that may use it; otherwise memory. */
export function defaultStorage(): ClientStorage {
  const page = globalThis as { document?: unknown; localStorage?: WebStorage };
  if (page.document === undefined) return memoryStorage();
  try {
    // Throws if the browser blocks storage.
    const storage = page.localStorage!;
    storage.setItem('chat-storage-test', '1');
    storage.removeItem('chat-storage-test');
    return webStorage(storage);
  } catch {
    return memoryStorage();
  }
}
