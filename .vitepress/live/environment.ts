/** The environment of the programs that a page starts: what they need to run, and nothing that was meant for others. */

const PASSED_ON: readonly string[] = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  // Where the browser tests look for a browser.
  'CHROME_PATH',
  // Windows does not start programs without these.
  'USERPROFILE',
  'SystemRoot',
  'ComSpec',
  'TEMP',
  'TMP',
];

export type Environment = Record<string, string>;

export function scrubbedEnvironment(from: Readonly<Record<string, string | undefined>>): Environment {
  const env: Environment = { CI: '1', NO_COLOR: '1', FORCE_COLOR: '0' };
  for (const name of PASSED_ON) {
    const value = from[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
