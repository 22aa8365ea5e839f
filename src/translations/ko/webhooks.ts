import type { Catalogue } from '../phrase.js';

/** Messages about webhooks and their settings, except filters and URLs. */
export const WEBHOOKS: Catalogue = {
  'There is no webhook with this id.': 'ID가 일치하는 웹훅이 없습니다.',
  'Ids of webhooks begin with "webhook-": GET {{root}}/webhooks?active=all lists yours.':
    '웹훅 ID는 "webhook-"으로 시작합니다. GET {{root}}/webhooks?active=all로 웹훅을 조회하십시오.',
  'This webhook belongs to another user.': '다른 사용자의 웹훅입니다.',
  'The webhook is not active: activate it first.': '웹훅이 활성 상태가 아닙니다. 먼저 활성화하십시오.',
  'Secrets cannot be stored at the moment.': '현재 시크릿을 저장할 수 없습니다.',
  'a string such as https://your-app.com/webhooks/docmap': 'https://your-app.com/webhooks/docmap과 같은 문자열',

  // Limits
  'You have {{max}} webhooks, active and inactive, which is the limit. Delete one first.':
    '활성 웹훅과 비활성 웹훅이 모두 {{max}}개로, 한도에 도달했습니다. 먼저 하나를 삭제하십시오.',
  'GET {{root}}/webhooks?active=false lists inactive ones.':
    '비활성 웹훅은 GET {{root}}/webhooks?active=false로 조회합니다.',
  'You may have no active webhook.': '활성 웹훅을 둘 수 없습니다.',
  '{{owner}} may have no active webhook.': '사용자 {{owner}}: 활성 웹훅을 둘 수 없습니다.',
  '{{has}}, which is the limit. Delete one before you create another.':
    '{{has}}. 한도에 도달했습니다. 새 웹훅을 생성하기 전에 하나를 삭제하십시오.',
  '{{has}}, and {{maxActive}} may be active. Delete {{surplus}} before you create another.':
    '{{has}}. 한도는 {{maxActive}}개입니다. 새 웹훅을 생성하기 전에 {{surplus}}개를 삭제하십시오.',
  'You have 1 active webhook': '활성 웹훅이 1개 있습니다',
  'You have {{active}} active webhooks': '활성 웹훅이 {{active}}개 있습니다',
  '{{owner}} has 1 active webhook': '사용자 {{owner}}에게 활성 웹훅이 1개 있습니다',
  '{{owner}} has {{active}} active webhooks': '사용자 {{owner}}에게 활성 웹훅이 {{active}}개 있습니다',

  // Headers, metadata, times and rates
  'an object of texts, such as {"x-api-key": "…"}': '값이 텍스트인 객체, 예: {"x-api-key": "…"}',
  'an object of texts, such as {"team": "billing"}': '값이 텍스트인 객체, 예: {"team": "billing"}',
  '{{field}} has {{count}} names; use at most {{max}}':
    '{{field}}: 이름이 {{count}}개 있습니다. {{max}}개까지 쓸 수 있습니다',
  '{{field}}: {{name}} is not the name of a header; use 1 to {{max}} letters, digits and hyphens':
    '{{field}}: {{name}} 값은 헤더 이름이 아닙니다. 영문자, 숫자, 하이픈을 1~{{max}}자 사용하십시오',
  '{{field}} is set by the service or by HTTP; use another name':
    '{{field}}: 서비스나 HTTP에서 설정하는 헤더입니다. 다른 이름을 사용하십시오',
  '{{field}} must not repeat: case does not matter':
    '{{field}}: 이름이 중복되었습니다. 대문자와 소문자는 구분하지 않습니다',
  'a text of 1 to {{max}} visible ASCII characters, with spaces only between them':
    '표시 가능한 ASCII 문자 1~{{max}}자의 텍스트(공백은 문자 사이에만 허용)',
  '{{field}} must be the value itself, not "{{mask}}"': '{{field}}: "{{mask}}" 대신 값 자체를 보내십시오',
  '{{field}} has no stored value to keep: send the value itself':
    '{{field}}: 유지할 저장된 값이 없습니다. 값 자체를 보내십시오',
  '{{field}} has {{count}} keys; use at most {{max}}':
    '{{field}}: 키가 {{count}}개 있습니다. {{max}}개까지 쓸 수 있습니다',
  '{{field}}: {{key}} is not a key; use 1 to {{max}} characters without control characters':
    '{{field}}: {{key}} 값은 키로 쓸 수 없습니다. 제어 문자 없이 1~{{max}}자를 사용하십시오',
  'a whole number from {{min}} to the limit of the service': '{{min}}부터 서비스의 제한 시간까지의 정수',
  'an array of 1 to {{max}} durations, such as ["0s", "5s", "5m"]': '시간 1~{{max}}개의 배열, 예: ["0s", "5s", "5m"]',
  '{{field}}: {{value}} is not a duration up to 7d; use a whole number and ms, s, m, h or d, such as 5m':
    '{{field}}: {{value}} 값은 7d 이하의 시간이 아닙니다. 5m처럼 정수 뒤에 ms, s, m, h, d 중 하나를 붙이십시오',
  'an object such as {"requests": 100, "per": "second"}, or null':
    '{"requests": 100, "per": "second"}와 같은 객체 또는 null',
  '{{field}} should not exist; use requests and per':
    '{{field}}: 사용할 수 없는 필드입니다. requests와 per를 사용하십시오',
  'The headers were changed at the same time. Repeat the request.':
    'headers가 다른 요청에 의해 동시에 변경되었습니다. 요청을 다시 보내십시오.',
  'auth was changed at the same time. Repeat the request.':
    'auth가 다른 요청에 의해 동시에 변경되었습니다. 요청을 다시 보내십시오.',

  // Signatures and authentication
  'signature: a webhook keeps its kind of signature, here "{{present}}"; create another webhook with "{{signature}}" (POST webhooks). rotate-secret makes a new key of the same kind':
    'signature: 웹훅의 서명 방식은 바꿀 수 없습니다(현재 값: "{{present}}"). 값이 "{{signature}}"인 웹훅을 새로 생성하십시오(POST webhooks). rotate-secret은 같은 방식의 새 키를 만듭니다',
  '{{field}} is no object; use an object with type oauth2 or mtls, or null':
    '{{field}}: 객체가 아닙니다. type이 oauth2 또는 mtls인 객체나 null을 사용하십시오',
  'a text of 1 to {{max}} ASCII characters without control characters':
    '제어 문자가 없는 ASCII 문자 1~{{max}}자의 텍스트',
  'a text in PEM form of at most 16384 characters, which begins with -----BEGIN':
    '-----BEGIN으로 시작하는 16384자 이하의 PEM 텍스트',
  'a text such as https://login.your-app.com/oauth2/token': 'https://login.your-app.com/oauth2/token과 같은 텍스트',
  'a text of 1 to 1024 characters: scopes of visible ASCII without " and \\, separated by single spaces':
    '1~1024자의 텍스트(공백 하나로 구분한 스코프이며, 각 스코프는 "와 \\를 제외한 표시 가능한 ASCII 문자)',
  'auth.privateKey does not belong to the first certificate of auth.certificate; the certificate of the key comes before its chain':
    'auth.privateKey: auth.certificate의 첫 번째 인증서와 짝이 아닙니다. 키의 인증서를 체인보다 앞에 두십시오',
  'auth.clientSecret must be the value itself with another tokenUrl: "{{mask}}" keeps it only for its own tokenUrl':
    'auth.clientSecret: tokenUrl을 바꿀 때는 값 자체를 보내야 합니다. "{{mask}}"는 tokenUrl이 그대로일 때만 저장된 값을 유지합니다',
  'auth.privateKey: the stored private key does not belong to this certificate; send the key of the certificate':
    'auth.privateKey: 저장된 개인 키가 이 인증서와 짝이 아닙니다. 인증서의 키를 보내십시오',
  'headers.authorization must not exist with auth of type oauth2, which sets the same header; remove one of them':
    'headers.authorization: type이 oauth2인 auth도 같은 헤더를 설정하므로 함께 쓸 수 없습니다. 둘 중 하나를 제거하십시오',
  'auth of type mtls must have an HTTPS url: a client certificate needs TLS':
    'auth: type이 mtls이면 url이 HTTPS여야 합니다. 클라이언트 인증서에는 TLS가 필요합니다',
  'RSA of 2048 to 4096 bits, EC on P-256, P-384 or P-521, or Ed25519':
    '2048~4096비트 RSA 키, P-256, P-384, P-521 곡선의 EC 키 또는 Ed25519 키',
  'auth.certificate must have only CERTIFICATE blocks; the private key belongs in auth.privateKey':
    'auth.certificate: CERTIFICATE 블록만 쓸 수 있습니다. 개인 키는 auth.privateKey에 쓰십시오',
  'auth.certificate has {{count}} certificates; use at most {{max}}':
    'auth.certificate: 인증서가 {{count}}개 있습니다. {{max}}개까지 쓸 수 있습니다',
  'auth.certificate: block {{block}} is not a certificate that can be read':
    'auth.certificate: {{block}}번째 블록을 인증서로 읽을 수 없습니다',
  'auth.certificate must have a block from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----':
    'auth.certificate: -----BEGIN CERTIFICATE-----부터 -----END CERTIFICATE-----까지의 블록이 있어야 합니다',
  'auth.certificate expired at {{time}}; send a certificate that is valid':
    'auth.certificate: 인증서가 {{time}}에 만료되었습니다. 유효한 인증서를 보내십시오',
  'auth.certificate is refused by TLS: its key or its signature is too weak':
    'auth.certificate: TLS에서 쓸 수 없는 인증서입니다. 키나 서명이 너무 약합니다',
  'auth.privateKey is encrypted; send it without a passphrase: openssl pkey -in encrypted.pem -out plain.pem decrypts it':
    'auth.privateKey: 암호화된 키입니다. 암호 없이 보내십시오. openssl pkey -in encrypted.pem -out plain.pem 명령으로 복호화할 수 있습니다',
  'auth.privateKey must be {{right}}': 'auth.privateKey: 올바른 값은 {{right}}입니다',
  'auth.privateKey must be one private key in PEM form: PKCS #8, PKCS #1 or SEC 1':
    'auth.privateKey: PEM 형식의 개인 키 하나여야 합니다(PKCS #8, PKCS #1 또는 SEC 1)',
};
