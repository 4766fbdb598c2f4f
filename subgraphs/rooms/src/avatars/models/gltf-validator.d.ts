/** The part of gltf-validator that is used here; the package has no types. */
declare module 'gltf-validator' {
  interface ValidationReport {
    issues: { numErrors: number; messages: { code: string; severity: number; pointer?: string }[] };
    info?: { resources?: { image?: { width: number; height: number } }[] };
  }
  interface ValidationOptions {
    maxIssues?: number;
    externalResourceFunction?: (uri: string) => Promise<Uint8Array>;
  }
  export function validateBytes(bytes: Uint8Array, options?: ValidationOptions): Promise<ValidationReport>;
}
