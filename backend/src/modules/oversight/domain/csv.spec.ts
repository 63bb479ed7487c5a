import { csvLine } from './csv.js';

test('every field is quoted, quotes are doubled, lines end as RFC 4180 says', () => {
  expect(csvLine(['a', 1, null, 'say "hi", twice', 'two\nlines'])).toBe(
    '"a","1","","say ""hi"", twice","two\nlines"\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\0=1', '=HYPERLINK("http://evil","x")'])(
  'a text that a spreadsheet would evaluate does not: %j',
  (text) => {
    expect(csvLine([text])).toBe(`"'${text.replaceAll('"', '""')}"\r\n`);
  },
);
