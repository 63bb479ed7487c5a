/** A few small values that must outlive a cleared tab: one IndexedDB store, keyed by text. */
const NAME = 'milepost';
const STORE = 'seen';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser’s storage cannot be opened.'));
  });
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const request = work(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('The browser’s storage refused.'));
    });
  } finally {
    database.close();
  }
}

/** Undefined if nothing was kept under this key. */
export const recall = <T>(key: string): Promise<T | undefined> =>
  run('readonly', (store) => store.get(key) as IDBRequest<T | undefined>);

export const keep = async (key: string, value: unknown): Promise<void> => {
  await run('readwrite', (store) => store.put(value, key));
};
