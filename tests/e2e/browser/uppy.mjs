/** An upload by Uppy. In JavaScript, since Uppy's types declare the DOM for the whole program. */
import Uppy from '@uppy/core';
import Tus from '@uppy/tus';

export async function uploadByUppy(endpoint, data, chunkSize) {
  const uppy = new Uppy().use(Tus, { endpoint, chunkSize });
  uppy.addFile({ name: 'page.bin', type: 'application/octet-stream', data });
  const { failed } = await uppy.upload();
  if (failed.length > 0) throw new Error(String(failed[0].error));
}
