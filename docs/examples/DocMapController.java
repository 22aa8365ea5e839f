import java.security.GeneralSecurityException;
import java.time.Instant;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class DocMapController {
    /** Yours: stores the event unless it has one with this id; see "Drop repeats". */
    public interface Inbox {
        void keep(String id, byte[] event);
    }

    private final Inbox inbox;
    private final String secret;

    public DocMapController(Inbox inbox, @Value("${docmap.webhook-secret}") String secret) {
        this.inbox = inbox;
        this.secret = secret;
    }

    @PostMapping("/webhooks/docmap")
    public ResponseEntity<Void> receive(@RequestBody byte[] body, @RequestHeader HttpHeaders headers) {
        try {
            DocMapSignature.verify(body, headers::getFirst, secret, Instant.now());
        } catch (GeneralSecurityException refused) { // not the IllegalArgumentException of a missing secret
            return ResponseEntity.status(401).build();
        }
        inbox.keep(headers.getFirst("webhook-id"), body);
        return ResponseEntity.noContent().build();
    }
}
