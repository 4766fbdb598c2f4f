/** The form that opens a room: address, account and room. The session that it begins is common to all tabs of the browser. */
import { ChatClient } from '@chat/client';
import { useState, type FormEvent } from 'react';
import { fragmentOf, type Place } from './place';

export function Entry({ place }: { place: Place }) {
  const [problem, setProblem] = useState<string>();
  const open = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const text = (name: string) => values.get(name) as string;
    const chat = new ChatClient({ url: text('url') });
    try {
      await chat.session.logIn({ identifier: text('identifier'), password: text('password') });
      const showsMood = values.has('mood');
      location.hash = fragmentOf({ ...place, url: text('url'), roomId: text('room'), showsMood });
      location.reload();
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      chat.dispose();
    }
  };
  return (
    <form className="entry" onSubmit={(event) => void open(event)}>
      <h1>Enter a room</h1>
      <label>
        Address <input name="url" type="url" required defaultValue={place.url} />
      </label>
      <label>
        User name <input name="identifier" required autoComplete="username" />
      </label>
      <label>
        Password <input name="password" type="password" required autoComplete="current-password" />
      </label>
      <label>
        Room <input name="room" required defaultValue={place.roomId} />
      </label>
      <label>
        <input name="mood" type="checkbox" defaultChecked={place.showsMood} /> Show the mood of my messages on the face
        of my avatar
      </label>
      <button>Enter</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
