import type { Catalogue } from '../phrase.js';

/** The explanations of `verify`. */
export const CLI_DIAGNOSIS: Catalogue = {
  ok: '통과',
  FAILED: '실패',
  'The request is valid.': '유효한 요청입니다.',
  'The request is not valid.': '유효하지 않은 요청입니다.',
  'Give the secret of the webhook: --secret or DOCMAP_WEBHOOK_SECRET':
    '웹훅의 시크릿을 --secret 또는 DOCMAP_WEBHOOK_SECRET으로 지정하십시오.',
  'Give a recorded request, or its parts with --header and --body':
    '저장해 둔 요청을 넘기거나, --header와 --body로 나누어 넘기십시오.',
  '--record gives the whole request: leave out the file, --header and --body':
    '--record로 요청 전체를 가져옵니다. 파일, --header, --body는 지정하지 마십시오.',
  'The request has no empty line between its headers and its body. --header and --body give the parts.':
    '요청의 헤더와 본문 사이에 빈 줄이 없습니다. --header와 --body로 나누어 넘길 수도 있습니다.',
  '"{{line}}" is no header: a header is a name, a colon and a value':
    '헤더가 아닙니다: "{{line}}". 헤더는 이름, 콜론, 값으로 이루어집니다.',

  // Steps that succeed
  'webhook-id, webhook-timestamp and webhook-signature are there':
    'webhook-id, webhook-timestamp, webhook-signature가 있습니다',
  'signed at {{time}}': '서명한 시각: {{time}}',
  'the Ed25519 signature of id.timestamp.body is valid for the public key':
    'id.timestamp.body의 Ed25519 서명이 공개 키로 검증됩니다',
  'base64(HMAC-SHA256(base64-decoded secret, id.timestamp.body)) is in webhook-signature':
    'base64(HMAC-SHA256(base64로 디코딩한 시크릿, id.timestamp.body))가 webhook-signature에 있습니다',
  'x-docmap-signature is not there, which is allowed': 'x-docmap-signature가 없습니다. 없어도 됩니다',
  'hex(HMAC-SHA256(characters of the secret, body)) is in x-docmap-signature':
    'hex(HMAC-SHA256(시크릿의 문자, 본문))가 x-docmap-signature에 있습니다',
  'a JSON object in UTF-8': 'UTF-8로 된 JSON 객체입니다',

  // The step that fails
  'The request needs exactly one header {{name}}': '요청에 헤더가 정확히 하나 있어야 합니다: {{name}}',
  'webhook-timestamp must be a number of seconds since 1970':
    'webhook-timestamp는 1970년부터의 초 단위 숫자여야 합니다',
  'The request was signed {{seconds}} s ago': '{{seconds}}초 전에 서명된 요청입니다',
  'The request was signed {{seconds}} s from now': '현재보다 {{seconds}}초 뒤의 시각으로 서명된 요청입니다',
  'The request has an Ed25519 signature: verify it with the public key (whpk_…) of the webhook':
    '요청에 Ed25519 서명이 있습니다. 웹훅의 공개 키(whpk_…)로 검증하십시오',
  'The request has no {{kind}} signature': '요청에 {{kind}} 서명이 없습니다',
  'No signature matches: the body changed on its way, or the secret is of another webhook':
    '일치하는 서명이 없습니다. 본문이 도중에 바뀌었거나 다른 웹훅의 시크릿입니다',
  'x-docmap-signature does not match': 'x-docmap-signature가 일치하지 않습니다',
  'The body is not a JSON object in UTF-8': '본문이 UTF-8로 된 JSON 객체가 아닙니다',

  // Causes
  'A proxy or a framework may remove the headers webhook-*. A request of another sender has none.':
    '프록시나 프레임워크가 webhook-* 헤더를 제거했을 수 있습니다. 다른 곳에서 보낸 요청에는 이 헤더가 없습니다.',
  'webhook-timestamp was changed on its way.': 'webhook-timestamp가 도중에 변경되었습니다.',
  'The request is an old one, or the clock of this machine is ahead. --ignore-time checks the rest. The service signs each attempt at its own time.':
    '오래된 요청이거나 이 컴퓨터의 시계가 빠릅니다. --ignore-time을 쓰면 나머지를 검사합니다. 서비스는 시도마다 그 시각으로 서명합니다.',
  'The clock of this machine is behind, or webhook-timestamp was changed.':
    '이 컴퓨터의 시계가 느리거나 webhook-timestamp가 변경되었습니다.',
  'webhook-signature is valid, so x-docmap-signature itself was changed, or it was made with another secret.':
    'webhook-signature는 유효합니다. x-docmap-signature만 변경되었거나 다른 시크릿으로 만들어졌습니다.',
  'The signature is valid, so the sender signed this body. The service sends JSON objects only.':
    '서명이 유효하므로 보낸 쪽이 이 본문에 서명했습니다. 서비스는 JSON 객체만 보냅니다.',
  'The webhook signs with an HMAC secret: verify with the secret (64 hex characters).':
    '이 웹훅은 HMAC 시크릿으로 서명합니다. 시크릿(16진수 64자)으로 검증하십시오.',
  'The webhook signs with Ed25519: verify with its publicKey (whpk_…).':
    '이 웹훅은 Ed25519로 서명합니다. 웹훅의 publicKey(whpk_…)로 검증하십시오.',
  'The body is empty: a framework has probably read it already. Take the bytes before it parses the body.':
    '본문이 비어 있습니다. 프레임워크가 이미 읽었을 가능성이 높습니다. 본문을 파싱하기 전의 바이트를 사용하십시오.',
  'The body has {{bytes}} bytes, but the header content-length says {{length}}: the body was changed on its way, or it was not recorded completely.':
    '본문은 {{bytes}}바이트이지만 content-length 헤더의 값은 {{length}}입니다. 본문이 도중에 바뀌었거나 끝까지 저장되지 않았습니다.',
  'The request is as it was sent: the secret or key is that of another webhook, or it was rotated.':
    '보낸 그대로의 요청입니다. 다른 웹훅의 시크릿이나 키이거나, 교체된 시크릿이나 키입니다.',
  'No usual change explains it. Either the body or a header webhook-* was changed on its way, or the secret or key is that of another webhook or was rotated.':
    '흔한 변경으로는 설명되지 않습니다. 본문이나 webhook-* 헤더가 도중에 바뀌었거나, 다른 웹훅의 시크릿이나 키 또는 교체된 시크릿이나 키입니다.',
  'The secret of a webhook has 64 lower-case hex characters: this one does not.':
    '웹훅의 시크릿은 소문자 16진수 64자입니다. 이 시크릿은 그렇지 않습니다.',
  'webhook-signature was made with another encoding of the secret: {{encoding}}. The key is the secret decoded from base64. The service does this, so the sender is another program.':
    'webhook-signature를 만들 때 시크릿을 다르게 디코딩했습니다: {{encoding}}. 서명 키는 base64로 디코딩한 시크릿입니다. 서비스는 이렇게 서명하므로, 다른 프로그램이 보낸 요청입니다.',
  'the characters of the secret, as x-docmap-signature has it': 'x-docmap-signature처럼 시크릿의 문자를 그대로 사용',
  'the bytes of its hex digits': '16진수를 바이트로 바꾸어 사용',
  'x-docmap-signature is valid, so body and secret are right: webhook-id or webhook-timestamp was changed.':
    'x-docmap-signature가 유효하므로 본문과 시크릿은 맞습니다. webhook-id 또는 webhook-timestamp가 변경되었습니다.',
  'The secret was given {{mistake}}: use it exactly as the API returned it.':
    '시크릿이 잘못되었습니다: {{mistake}}. API가 반환한 그대로 사용하십시오.',
  'with white space around it': '앞뒤에 공백이 있음',
  'with quotes around it': '따옴표로 감싸져 있음',
  'with the prefix whsec_': '접두사 whsec_가 붙어 있음',
  'in capital letters': '대문자로 되어 있음',
  'encoded as base64 once more': 'base64로 한 번 더 인코딩됨',
  'as base64 of its bytes': '바이트를 base64로 인코딩함',

  // Changes of the body
  'A byte order mark was added at the start of the body.': '본문의 앞에 바이트 순서 표시(BOM)가 추가되었습니다.',
  'A line break was added at the end of the body, as an editor or echo does.':
    '본문의 끝에 줄바꿈이 추가되었습니다. 편집기나 echo가 이렇게 합니다.',
  'White space was added around the body.': '본문의 앞뒤에 공백이 추가되었습니다.',
  'The line break at the end of the body was removed.': '본문의 끝에 있던 줄바꿈이 제거되었습니다.',
  'Line breaks were changed from LF to CRLF.': '줄바꿈이 LF에서 CRLF로 변경되었습니다.',
  'Line breaks were changed from CRLF to LF.': '줄바꿈이 CRLF에서 LF로 변경되었습니다.',
  'The body was decoded with a wrong charset (ISO-8859-1 instead of UTF-8) and encoded again.':
    '본문이 잘못된 문자 인코딩(UTF-8이 아니라 ISO-8859-1)으로 디코딩된 뒤 다시 인코딩되었습니다.',
  'The body was encoded with a wrong charset: ISO-8859-1 instead of UTF-8.':
    '본문이 잘못된 문자 인코딩(UTF-8이 아니라 ISO-8859-1)으로 인코딩되었습니다.',
  'The body was decoded with a wrong charset (windows-1252 instead of UTF-8) and encoded again.':
    '본문이 잘못된 문자 인코딩(UTF-8이 아니라 windows-1252)으로 디코딩된 뒤 다시 인코딩되었습니다.',
  'The body was parsed and serialized again: verify the bytes as they came.':
    '본문이 파싱된 뒤 다시 직렬화되었습니다. 받은 그대로의 바이트를 검증하십시오.',
};
