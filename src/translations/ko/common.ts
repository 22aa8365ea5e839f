import type { Catalogue } from '../phrase.js';

/** Messages that any route may answer, except those about values. */
export const COMMON: Catalogue = {
  // Routes
  'There is no such route.': '존재하지 않는 경로입니다.',
  'There is no such route. GET /docs lists all routes.':
    '존재하지 않는 경로입니다. 전체 경로는 GET /docs에서 볼 수 있습니다.',
  'There is no such route; did you mean {{route}}?': '존재하지 않는 경로입니다. 찾는 경로가 {{route}}입니까?',
  "The request's path can't be decoded.": '요청 경로를 디코딩할 수 없습니다.',
  'This path accepts only {{methods}}.': '이 경로에서 사용할 수 있는 메서드: {{methods}}.',
  'This path does not support the method.': '이 경로에서는 이 메서드를 사용할 수 없습니다.',
  'The request needs exactly one Host header.': '요청에 Host 헤더가 정확히 하나 있어야 합니다.',

  // Bodies
  'The body': '본문',
  'The request body is too large.': '요청 본문이 너무 큽니다.',
  'The request body is larger than {{maxBytes}} bytes.': '요청 본문이 {{maxBytes}}바이트보다 큽니다.',
  'The body must not be compressed: send it with neither "Content-Encoding" nor a transfer coding.':
    '본문을 압축하지 마십시오. "Content-Encoding" 헤더와 전송 코딩(transfer coding) 없이 보내십시오.',
  'The request body must be JSON: send it with "Content-Type: application/json".':
    '요청 본문은 JSON이어야 합니다. "Content-Type: application/json" 헤더와 함께 보내십시오.',
  'The body must be UTF-8: send it with "Content-Type: application/json", without another charset.':
    '본문은 UTF-8이어야 합니다. 다른 charset 없이 "Content-Type: application/json" 헤더와 함께 보내십시오.',
  'The body is not valid UTF-8: send it as UTF-8.': '본문이 올바른 UTF-8이 아닙니다. UTF-8로 보내십시오.',
  'The body has more than {{max}} values.': '본문에 있는 값이 {{max}}개를 넘습니다.',
  'The body is nested deeper than {{max}} levels.': '본문의 중첩이 {{max}}단계보다 깊습니다.',
  '{{name}} must not have a key "__proto__".': '{{name}}: "__proto__" 키는 쓸 수 없습니다.',
  '{{name}} is not JSON: {{fault}}': '{{name}}: JSON으로 읽을 수 없습니다(JSON.parse: {{fault}})',
  '{{name}} is not JSON: {{fault}}; {{hint}}': '{{name}}: JSON으로 읽을 수 없습니다(JSON.parse: {{fault}}). {{hint}}',
  'send what JSON.stringify returns': 'JSON.stringify의 결과를 보내십시오',
  'names need double quotes, and no comma may stand before }':
    '이름은 큰따옴표로 감싸야 하며 } 앞에는 쉼표를 쓸 수 없습니다',
  'names and texts need double quotes': '이름과 텍스트는 큰따옴표로 감싸야 합니다',
  'no comma may stand before ] or }, and no value may be missing':
    ']나 } 앞에는 쉼표를 쓸 수 없으며 빠진 값이 없어야 합니다',
  'write true, false and null': 'true, false, null로 쓰십시오',
  'write a line break in a text as \\n': '텍스트 안의 줄 바꿈은 \\n으로 쓰십시오',
  'the text ends too early': '텍스트가 끝까지 오지 않았습니다',
  'an object begins with {, and texts need double quotes': '객체는 {로 시작하고 텍스트는 큰따옴표로 감싸야 합니다',

  // State of the service
  'Something went wrong on our side.': '서비스에 오류가 발생했습니다.',
  'The service is starting.': '서비스를 시작하는 중입니다.',
  'The service is stopping.': '서비스를 종료하는 중입니다.',
  'The service is not available at the moment.': '현재 서비스를 사용할 수 없습니다.',
  'The database is not available at the moment: try again.':
    '현재 데이터베이스를 사용할 수 없습니다. 다시 시도하십시오.',
  '{{reason}}: {{meaning}}.': '{{reason}}: {{meaning}}.',
  'this process stops': '프로세스가 종료되고 있습니다',
  'signing secrets can not be read with this SECRETS_KEY': '이 SECRETS_KEY로는 서명 시크릿을 읽을 수 없습니다',
  'the database does not answer': '데이터베이스가 응답하지 않습니다',
  'the database takes no writes': '데이터베이스에 쓸 수 없습니다',
  'the disk of the database is full': '데이터베이스의 디스크가 가득 찼습니다',

  // Pages
  'cursor must be the nextCursor of an earlier page': 'cursor에는 이전 페이지의 nextCursor를 써야 합니다',
};
