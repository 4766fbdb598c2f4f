/** The form that opens a room: address, account and room. */
import { useState, type FormEvent } from 'react';
import { fragmentOf } from './session';

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';

async function logIn(url: string, identifier: string, password: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: LOGIN, variables: { input: { identifier, password } } }),
  });
  const { data, errors } = (await response.json()) as {
    data?: { login: { accessToken: string } };
    errors?: { message: string }[];
  };
  if (!data?.login) throw new Error(errors?.[0]?.message ?? 'The login failed.');
  return data.login.accessToken;
}

export function Entry() {
  const [problem, setProblem] = useState<string>();
  const open = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const text = (name: string) => String(values.get(name));
    try {
      const token = await logIn(text('url'), text('identifier'), text('password'));
      location.hash = fragmentOf({ url: text('url'), token, roomId: text('room') });
      location.reload();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <form className="entry" onSubmit={(event) => void open(event)}>
      <h1>Enter a room</h1>
      <label>
        Address <input name="url" type="url" required defaultValue={new URL('/graphql', location.href).href} />
      </label>
      <label>
        User name <input name="identifier" required autoComplete="username" />
      </label>
      <label>
        Password <input name="password" type="password" required autoComplete="current-password" />
      </label>
      <label>
        Room <input name="room" required />
      </label>
      <button>Enter</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
