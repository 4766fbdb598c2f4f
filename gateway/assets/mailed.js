// cspell:disable -- German texts
/**
 * The pages behind mailed links: a new account, a new password, a confirmed address. Nothing happens until a button is pressed, because
 * mail scanners open links. The token leaves the address bar at once, and no request goes elsewhere.
 */
const TEXTS = {
  en: {
    username: 'Username',
    email: 'E-mail address',
    password: 'Password',
    newPassword: 'New password',
    failed: 'The server could not be reached. Try again.',
    incomplete: 'This link is incomplete. Copy all of it from the mail.',
    '/register': {
      title: 'Create your account',
      button: 'Create account',
      done: 'Your account is ready. You can log in.',
    },
    '/reset-password': {
      title: 'Set a new password',
      button: 'Set password',
      done: 'Your new password is set. You can log in.',
    },
    '/confirm-email': { title: 'Confirm your e-mail address', button: 'Confirm', done: 'Your address is confirmed.' },
  },
  de: {
    username: 'Benutzername',
    email: 'E-Mail-Adresse',
    password: 'Passwort',
    newPassword: 'Neues Passwort',
    failed: 'Der Server ist nicht erreichbar. Versuchen Sie es noch einmal.',
    incomplete: 'Dieser Link ist unvollständig. Kopieren Sie ihn ganz aus der Mail.',
    '/register': {
      title: 'Konto anlegen',
      button: 'Konto anlegen',
      done: 'Ihr Konto ist angelegt. Sie können sich anmelden.',
    },
    '/reset-password': {
      title: 'Neues Passwort setzen',
      button: 'Passwort setzen',
      done: 'Ihr neues Passwort gilt. Sie können sich anmelden.',
    },
    '/confirm-email': { title: 'E-Mail-Adresse bestätigen', button: 'Bestätigen', done: 'Ihre Adresse ist bestätigt.' },
  },
};

/** By path: the parameter with the token, the fields of the form, and the operation with the input that it takes. */
const PAGES = {
  '/register': {
    parameter: 'invitation',
    fields: { username: ['text', 'username'], email: ['email', 'email'], password: ['password', 'new-password'] },
    query: 'mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }',
    variables: (invitation, values) => ({ input: { ...values, invitation } }),
  },
  '/reset-password': {
    parameter: 'token',
    fields: { newPassword: ['password', 'new-password'] },
    query: 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }',
    variables: (token, values) => ({ input: { ...values, token } }),
  },
  '/confirm-email': {
    parameter: 'token',
    fields: {},
    query: 'mutation ($token: String!) { confirmEmail(token: $token) }',
    variables: (token) => ({ token }),
  },
};

const path = location.pathname;
const page = PAGES[path];
const token = new URLSearchParams(location.search).get(page.parameter);
history.replaceState(null, '', path);

const language = /^de\b/i.test(navigator.language) ? 'de' : 'en';
const texts = TEXTS[language];
const { title, button, done } = texts[path];
document.documentElement.lang = language;
document.title = title;

const main = document.querySelector('main');
const add = (parent, tag, properties) => parent.appendChild(Object.assign(document.createElement(tag), properties));
add(main, 'h1', { textContent: title });

if (token) showForm();
else add(main, 'p', { textContent: texts.incomplete, role: 'alert' });

function showForm() {
  const form = add(main, 'form', {});
  for (const [name, [type, autocomplete]] of Object.entries(page.fields)) {
    const label = add(form, 'label', { textContent: texts[name] });
    add(label, 'input', { name, type, autocomplete, required: true });
  }
  const submit = add(form, 'button', { textContent: button });
  const problem = add(form, 'p', { role: 'alert' });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.textContent = '';
    submit.disabled = true;
    const failure = await send(Object.fromEntries(new FormData(form)));
    submit.disabled = false;
    if (failure) problem.textContent = failure;
    else form.replaceWith(Object.assign(document.createElement('p'), { textContent: done, role: 'status' }));
  });
}

/** The reason why it failed; undefined if it succeeded. */
async function send(values) {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
      body: JSON.stringify({ query: page.query, variables: page.variables(token, values) }),
    });
    const { errors } = await response.json();
    if (!errors) return undefined;
    const [{ message, extensions = {} }] = errors;
    return Object.values(extensions.fields ?? {}).join(' ') || message;
  } catch {
    return texts.failed;
  }
}
