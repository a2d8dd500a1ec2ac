/**
 * PKCS #10 certificate requests, as far as the API looks into them: whose it is, and whether the signature is that of the
 * key it carries (RFC 2986). A reader of DER of our own: Node has none for requests, and a library costs start-up time.
 */
export interface CertificateRequest {
    organizations: string[];
    commonName: string | undefined;
}
/** Parses and checks base64 of a PEM block. Throws Error in the words of Go's crypto/x509. */
export declare function parseCertificateRequest(request: string | undefined): CertificateRequest;
