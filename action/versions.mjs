// The releases that the action can install, the newest first, with the SHA-256 of
// each platform's program. A file of sums beside the program would prove nothing:
// who can replace one can replace the other. Who pins the action by commit has
// pinned the program with it.
//
// An entry is added by the commit that follows a release (node action/pin.mjs
// v1.2.3 SHA256SUMS):
//
//   {
//     version: 'v1.2.3',
//     url: 'https://github.com/gitsecrets/gitsecrets/releases/download/v1.2.3',
//     files: { 'linux-x64': { name: 'gitsecrets_1.2.3_linux_amd64', sha256: '<64 hex digits>' }, ... },
//   }
//
// Platforms are named as process.platform and process.arch of Node name them.
// There is no release yet: until then the program is built with Go from the
// action's own checkout.
export const versions = [];
