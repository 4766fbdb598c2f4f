/** @throws an error if the upload fails */
export function uploadByUppy(endpoint: string, data: unknown, chunkSize: number): Promise<void>;
