// Announces a peer's URL in the format that the benches wait for.
export function listening(server) {
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`listening at http://127.0.0.1:${server.address().port}/graphql\n`);
  });
}
