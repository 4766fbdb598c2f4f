// What every peer does once it serves: says where, in the words that the measurements wait for.
export function listening(server) {
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`listening at http://127.0.0.1:${server.address().port}/graphql\n`);
  });
}
