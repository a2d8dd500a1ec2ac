/** version.Info: the Kubernetes that this server is compatible with. */
export const versionInfo = {
  major: '1', minor: '35', emulationMajor: '1', emulationMinor: '35', minCompatibilityMajor: '1', minCompatibilityMinor: '34',
  gitVersion: 'v1.35.6', gitCommit: '0000000000000000000000000000000000000000', gitTreeState: 'clean', buildDate: '2026-11-01T00:00:00Z',
  goVersion: 'go1.25.0', compiler: 'gc', platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
}
