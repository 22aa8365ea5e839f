require 'json'
require 'openssl'

module DocMap
  class VerificationError < StandardError; end

  TOLERANCE_SECONDS = 300

  module_function

  # Returns the event of a genuine and recent request, going by webhook-signature; raises VerificationError for any
  # other, and ArgumentError if the secret is missing or malformed. `body` has the bytes as they came;
  # `headers['webhook-id']` returns a header, as Rails' request.headers does.
  def verify(body, headers, secret, now: Time.now)
    id = headers['webhook-id']
    timestamp = headers['webhook-timestamp']
    expected = sign(id, timestamp, body, secret)
    age = now.to_i - timestamp.to_i # 0, long ago, for a missing header
    raise VerificationError, 'too old or too new' if age.abs > TOLERANCE_SECONDS

    require_one_equal(headers['webhook-signature'].to_s.split(' '), expected)
    JSON.parse(body)
  end

  # The same for x-docmap-signature, which does not say when the request was made.
  def verify_body(body, headers, secret)
    expected = "sha256=#{OpenSSL::HMAC.hexdigest('SHA256', checked(secret), body)}"
    require_one_equal(headers['x-docmap-signature'].to_s.split(','), expected)
    JSON.parse(body)
  end

  # The webhook-signature of a request. Your tests can sign with it.
  def sign(id, timestamp, body, secret)
    digest = OpenSSL::HMAC.digest('SHA256', checked(secret).unpack1('m'), "#{id}.#{timestamp}.".b + body.b)
    "v1,#{[digest].pack('m0')}"
  end

  # Anyone can sign with an empty key: a secret that is not set must never verify a request.
  def checked(secret)
    return secret if /\A[0-9a-f]{64}\z/.match?(secret)

    raise ArgumentError, 'the secret must be the 64 hex characters from the API'
  end

  # There are several signatures during a rotation of the secret: one right one is enough.
  def require_one_equal(signatures, expected)
    return if signatures.any? { |signature| OpenSSL.secure_compare(signature, expected) }

    raise VerificationError, 'not signed by us'
  end
end
