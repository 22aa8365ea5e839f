import { terminalPictures } from './configure.mjs';

export default await terminalPictures();
